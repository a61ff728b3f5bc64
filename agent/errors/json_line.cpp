// One pass over the text without a document; of each value only the name of where it stands and its text are looked at.
#include "agent/errors/json_line.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

constexpr size_t depth_max = 32;
constexpr size_t path_bytes_max = 128;

enum class Field : uint8_t {
    none,
    level,
    message,
    logger,
    exception,
    stack,
    file,
    line,
    function,
    method,
    url,
    client
};

struct Name {
    std::string_view path;  // small letters, dots between levels; a name that has dots itself is the same
    Field field;
};

// Where several of one line name the same field, the one that stands first in the line counts.
constexpr std::array names{
    Name{"level", Field::level},
    Name{"level_name", Field::level},
    Name{"levelname", Field::level},
    Name{"severity", Field::level},
    Name{"loglevel", Field::level},
    Name{"lvl", Field::level},
    Name{"log.level", Field::level},
    Name{"priority", Field::level},
    Name{"message", Field::message},
    Name{"msg", Field::message},
    Name{"@message", Field::message},
    Name{"short_message", Field::message},
    Name{"event", Field::message},
    Name{"logger", Field::logger},
    Name{"logger_name", Field::logger},
    Name{"log.logger", Field::logger},
    Name{"channel", Field::logger},
    Name{"syslog_identifier", Field::logger},
    Name{"name", Field::logger},
    Name{"error.type", Field::exception},
    Name{"err.type", Field::exception},
    Name{"err.name", Field::exception},
    Name{"error.name", Field::exception},
    Name{"exception.class", Field::exception},
    Name{"exception.type", Field::exception},
    Name{"context.exception.class", Field::exception},
    Name{"stack", Field::stack},
    Name{"stack_trace", Field::stack},
    Name{"stacktrace", Field::stack},
    Name{"exc_info", Field::stack},
    Name{"exception", Field::stack},
    Name{"traceback", Field::stack},
    Name{"err.stack", Field::stack},
    Name{"error.stack", Field::stack},
    Name{"error.stack_trace", Field::stack},
    Name{"exception.stacktrace", Field::stack},
    Name{"full_message", Field::stack},
    Name{"code_file", Field::file},
    Name{"filename", Field::file},
    Name{"pathname", Field::file},
    Name{"source.file", Field::file},
    Name{"log.origin.file.name", Field::file},
    Name{"code_line", Field::line},
    Name{"lineno", Field::line},
    Name{"source.line", Field::line},
    Name{"log.origin.file.line", Field::line},
    Name{"code_func", Field::function},
    Name{"funcname", Field::function},
    Name{"source.function", Field::function},
    Name{"log.origin.function", Field::function},
    Name{"method", Field::method},
    Name{"req.method", Field::method},
    Name{"request.method", Field::method},
    Name{"http.method", Field::method},
    Name{"http.request.method", Field::method},
    Name{"url", Field::url},
    Name{"uri", Field::url},
    Name{"req.url", Field::url},
    Name{"request.url", Field::url},
    Name{"request.uri", Field::url},
    Name{"http.url", Field::url},
    Name{"url.full", Field::url},
    Name{"url.path", Field::url},
    Name{"ip", Field::client},
    Name{"client_ip", Field::client},
    Name{"remote_ip", Field::client},
    Name{"remote_addr", Field::client},
    Name{"req.remoteaddress", Field::client},
    Name{"client.ip", Field::client},
};

Field field_of(std::string_view path) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.path == path; });
    return found == names.end() ? Field::none : found->field;
}

// What nlohmann's sax_parse calls; false ends it.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t number) override { return take_number(number); }
    bool number_unsigned(number_unsigned_t number) override {
        return take_number(static_cast<int64_t>(std::min(number, number_unsigned_t{1'000'000'000})));
    }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t& text) override {
        take_text(text);
        return true;
    }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return begin(); }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override { return begin(); }
    bool end_array() override { return end(); }
    bool key(string_t& name) override {
        path_.resize(lengths_.back());
        path_ += path_.empty() ? "" : ".";
        const auto part = std::string_view(name).substr(0, path_bytes_max);
        std::transform(part.begin(), part.end(), std::back_inserter(path_), lower);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

    bool has_level() const { return has_level_; }
    LogRecord take() { return std::move(record_); }
    bool is_record() const { return has_level_ || !record_.message.empty(); }

  private:
    // Deeper than any name of ours goes, the path only grows to what one more key may add.
    bool begin() {
        if (lengths_.size() >= depth_max) {
            return false;
        }
        lengths_.push_back(std::min(path_.size(), path_bytes_max));
        path_.resize(lengths_.back());
        return true;
    }
    bool end() {
        lengths_.pop_back();
        path_.resize(lengths_.empty() ? 0 : lengths_.back());
        return true;
    }

    bool take_number(int64_t number) {
        const auto field = field_of(path_);
        if (field == Field::level) {
            take_level(level_of_number(number));
        } else if (field == Field::line && number > 0 && number < 1'000'000'000) {
            record_.place.line = static_cast<uint32_t>(number);
        }
        return true;
    }

    // "level":400,"level_name":"ERROR": whichever can be read.
    void take_level(std::optional<Level> level) {
        if (level && !has_level_) {
            record_.level = *level;
            has_level_ = true;
        }
    }

    void take_text(std::string_view text) {
        switch (field_of(path_)) {
            case Field::none:
                return;
            case Field::level:
                return take_level_text(text);
            case Field::line:
                return take_line(text);
            case Field::message:
                return set(record_.message, text, message_bytes_max);
            case Field::logger:
                return set(record_.logger, text, field_bytes_max);
            case Field::exception:
                return set(record_.exception, text, field_bytes_max);
            case Field::stack:
                return set(record_.stack, text, stack_bytes_max);
            case Field::file:
                return set(record_.place.file, text, field_bytes_max);
            case Field::function:
                return set(record_.place.function, text, field_bytes_max);
            case Field::method:
                return set(record_.request.method, text, field_bytes_max);
            case Field::url:
                return set(record_.request.url, text, url_bytes_max);
            case Field::client:
                return set(record_.request.client, text, field_bytes_max);
        }
    }

    void take_level_text(std::string_view text) {
        int64_t number = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, number);
        take_level(error == std::errc{} && stop == end ? level_of_number(number) : level_of_word(text));
    }

    void take_line(std::string_view text) {
        uint32_t number = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{}) {
            record_.place.line = number;
        }
    }

    void set(std::string& into, std::string_view text, size_t bytes_max) {
        if (into.empty()) {
            into = cut_to(text, bytes_max);
            record_.is_cut = record_.is_cut || into.size() < text.size();
        }
    }

    LogRecord record_;
    bool has_level_ = false;
    std::string path_;
    std::vector<size_t> lengths_;  // of path_ at each open object or array
};

}  // namespace

std::optional<LogRecord> parse_json_line(std::string_view line) {
    line = without_blanks(line);
    if (!line.starts_with('{') || !line.ends_with('}') || line.size() > json_line_bytes_max) {
        return std::nullopt;
    }
    Reader reader;
    if (!nlohmann::json::sax_parse(line.begin(), line.end(), &reader) || !reader.is_record()) {
        return std::nullopt;
    }
    const bool has_level = reader.has_level();
    auto record = reader.take();
    if (!has_level) {
        record.level = guess_level(record.message).value_or(record.exception.empty() ? Level::info : Level::error);
    }
    // A message of several lines has its stack in itself.
    if (const auto end = record.message.find('\n'); end != std::string::npos && record.stack.empty()) {
        record.stack = record.message.substr(end + 1);
        record.message.resize(end);
    }
    return record;
}

}  // namespace vigie::agent::errors
