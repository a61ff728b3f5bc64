// The journal is text: a header, `unit`, `tools`, `log` and `step` lines, `planned`, then `done N` and `failed N` as
// they happen.
#include "agent/logs/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "agent/logs/quoting.hpp"

namespace vigie::agent::logs {
namespace {

constexpr std::string_view header = "vigie-rotation-journal 2";
constexpr std::string_view header_1 = "vigie-rotation-journal 1";  // no tools, archives beside their logs
constexpr Bytes journal_bytes_max = 64_MiB;                        // some 100,000 logs under one shared script

// Reads the fields of a line one by one; is_good turns false at the first that does not fit.
class Fields {
  public:
    explicit Fields(std::string_view line) : rest_(line) {}

    std::string text() {
        auto word = take_quoted(rest_);
        is_good_ = is_good_ && word.has_value();
        return std::move(word).value_or("");
    }
    template <typename Number>
    Number number() {
        Number value{};
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        is_good_ = is_good_ && error == std::errc{};
        rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
        if (rest_.starts_with(' ')) {
            rest_.remove_prefix(1);
        }
        return value;
    }
    bool is_read() const { return is_good_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool is_good_ = true;
};

bool read_unit(std::string_view line, Unit& unit) {
    Fields fields(line);
    unit.place = fields.text();
    unit.at = wall_from_unix_ms(fields.number<int64_t>());
    unit.is_shared = fields.number<int>() == 1;
    return fields.is_read();
}

bool read_tools(std::string_view line, Unit& unit) {
    Fields fields(line);
    auto& tools = unit.tools;
    const auto codec = fields.number<unsigned>();
    tools.codec = codec == 0 ? Codec::gzip : codec == 1 ? Codec::zstd : Codec::external;
    tools.level = fields.number<int>();
    tools.compress_command = fields.text();
    tools.compress_options = fields.text();
    tools.mail_command = fields.text();
    tools.mail_address = fields.text();
    tools.shreds = fields.number<int>() == 1;
    tools.shred_cycles = fields.number<int>();
    tools.is_other_user = fields.number<int>() == 1;
    tools.uid = fields.number<unsigned>();
    tools.gid = fields.number<unsigned>();
    return fields.is_read() && codec <= static_cast<unsigned>(Codec::external);
}

bool read_log(std::string_view line, bool has_archives, Unit& unit) {
    Fields fields(line);
    PlannedLog log;
    log.path = fields.text();
    log.folder = fields.text();
    log.name = fields.text();
    for (auto* number : {&log.folder_device, &log.folder_inode, &log.device, &log.inode, &log.size}) {
        *number = fields.number<uint64_t>();
    }
    log.archive_folder = has_archives ? fields.text() : log.folder;
    log.archive_device = has_archives ? fields.number<uint64_t>() : log.folder_device;
    log.archive_inode = has_archives ? fields.number<uint64_t>() : log.folder_inode;
    unit.logs.push_back(std::move(log));
    return fields.is_read();
}

bool read_step(std::string_view line, Unit& unit) {
    Fields fields(line);
    Step step;
    const auto kind = fields.number<size_t>();
    step.log = fields.number<size_t>();
    step.from = fields.text();
    step.to = fields.text();
    step.inode = fields.number<uint64_t>();
    step.mode = fields.number<unsigned>();
    step.uid = fields.number<unsigned>();
    step.gid = fields.number<unsigned>();
    step.script = fields.text();
    step.first = fields.text();
    step.second = fields.text();
    const auto is_plain = [](const std::string& name) { return name.find('/') == std::string::npos && name != ".."; };
    if (!fields.is_read() || kind >= step_kinds || step.log >= unit.logs.size() || !is_plain(step.from) ||
        !is_plain(step.to)) {
        return false;
    }
    step.kind = static_cast<StepKind>(kind);
    unit.steps.push_back(std::move(step));
    return true;
}

bool read_progress(std::string_view line, Progress progress, std::vector<Progress>& all) {
    Fields fields(line);
    const auto step = fields.number<size_t>();
    if (!fields.is_read() || step >= all.size()) {
        return false;
    }
    all[step] = progress;
    return true;
}

bool take_word(std::string_view& line, std::string_view word) {
    if (!line.starts_with(word)) {
        return false;
    }
    line.remove_prefix(word.size());
    return true;
}

}  // namespace

Result<InterruptedUnit> parse_journal(std::string_view text) {
    InterruptedUnit found;
    bool is_planned = false;
    bool is_version_1 = false;
    int number = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        ++number;
        bool is_good = false;
        if (number == 1) {
            is_version_1 = line == header_1;
            is_good = is_version_1 || line == header;
        } else if (is_planned) {
            is_good = take_word(line, "done ")     ? read_progress(line, Progress::done, found.progress)
                      : take_word(line, "failed ") ? read_progress(line, Progress::failed, found.progress)
                                                   : false;
        } else if (line == "planned") {
            is_good = is_planned = !found.unit.logs.empty();
            found.progress.assign(found.unit.steps.size(), Progress::open);
        } else {
            is_good = take_word(line, "unit ")    ? read_unit(line, found.unit)
                      : take_word(line, "tools ") ? read_tools(line, found.unit)
                      : take_word(line, "log ")   ? read_log(line, !is_version_1, found.unit)
                      : take_word(line, "step ")  ? read_step(line, found.unit)
                                                  : false;
        }
        if (!is_good) {
            return fail(ErrorCode::corrupt, "line {} of the journal does not read back", number);
        }
    }
    if (!is_planned) {
        return fail(ErrorCode::corrupt, "the journal ends before its plan does");
    }
    return found;
}

std::string write_plan(const Unit& unit) {
    auto text =
        fmt::format("{}\nunit {} {} {}\n", header, quoted(unit.place), unix_ms(unit.at), unit.is_shared ? 1 : 0);
    const auto& tools = unit.tools;
    text += fmt::format("tools {} {} {} {} {} {} {} {} {} {} {}\n", static_cast<unsigned>(tools.codec), tools.level,
                        quoted(tools.compress_command), quoted(tools.compress_options), quoted(tools.mail_command),
                        quoted(tools.mail_address), tools.shreds ? 1 : 0, tools.shred_cycles,
                        tools.is_other_user ? 1 : 0, tools.uid, tools.gid);
    for (const auto& log : unit.logs) {
        text += fmt::format("log {} {} {} {} {} {} {} {} {} {} {}\n", quoted(log.path), quoted(log.folder),
                            quoted(log.name), log.folder_device, log.folder_inode, log.device, log.inode, log.size,
                            quoted(log.archive_folder), log.archive_device, log.archive_inode);
    }
    for (const auto& step : unit.steps) {
        text += fmt::format("step {} {} {} {} {} {} {} {} {} {} {}\n", static_cast<size_t>(step.kind), step.log,
                            quoted(step.from), quoted(step.to), step.inode, step.mode, step.uid, step.gid,
                            quoted(step.script), quoted(step.first), quoted(step.second));
    }
    return text + "planned\n";
}

Result<Journal> Journal::begin(Files& files, const std::string& path, const Unit& unit) {
    VIGIE_CHECK(files.write_atomically(path, write_plan(unit), 0600));
    return reopen(files, path);
}

Result<std::optional<InterruptedUnit>> Journal::load(Files& files, const std::string& path) {
    if (!files.is_present(path)) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto text, files.read(path, journal_bytes_max));
    auto found = parse_journal(text);
    if (!found) {
        return fail(found.error().at(path));
    }
    return std::optional(std::move(*found));
}

Result<Journal> Journal::reopen(Files& files, const std::string& path) {
    VIGIE_TRY(const auto text, files.read(path, journal_bytes_max));
    Fd file(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    // A torn last line (a full disk, a power cut) would make the next mark unreadable, and with it the whole journal.
    const auto whole_lines = text.rfind('\n') == text.npos ? 0 : text.rfind('\n') + 1;
    if (whole_lines != text.size() && ftruncate(file.get(), static_cast<off_t>(whole_lines)) != 0) {
        return fail(errno_error(errno, "cut the torn line off " + path));
    }
    return Journal(std::move(file), path);
}

Result<void> Journal::mark(size_t step, Progress progress) {
    if (!file_) {
        return {};
    }
    const auto line = fmt::format("{} {}\n", progress == Progress::done ? "done" : "failed", step);
    VIGIE_CHECK(write_all(file_.get(), line, path_));
    if (fdatasync(file_.get()) != 0) {
        return fail(errno_error(errno, "sync " + path_));
    }
    return {};
}

Result<void> Journal::finish(Files& files) {
    if (!file_) {
        return {};
    }
    VIGIE_CHECK(files.remove(path_));
    return sync_directory(parent_of(path_));
}

}  // namespace vigie::agent::logs
