// Lines to families.
#include "agent/series/openmetrics.hpp"

#include <cmath>

#include "agent/series/openmetrics_family.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr size_t exemplar_characters_max = 128;  // of the specification: names and values of its labels together
constexpr LabelRules strict{.may_have_blanks = false, .may_escape_any = true};

size_t characters_in(std::string_view utf8) {
    size_t count = 0;
    for (const char c : utf8) {
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}

// One blank and a word, which may not be empty.
std::optional<std::string_view> cut_word(std::string_view& rest) {
    if (!rest.starts_with(' ')) {
        return std::nullopt;
    }
    rest.remove_prefix(1);
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word.empty() ? std::nullopt : std::optional(word);
}

Result<double> cut_value(std::string_view& rest) {
    const auto word = cut_word(rest);
    const auto value = word ? parse_sample_value(*word) : std::nullopt;
    if (!value) {
        return fail(ErrorCode::malformed, "'{}' is no number after exactly one blank", word.value_or("").substr(0, 64));
    }
    return *value;
}

Result<std::optional<double>> cut_time(std::string_view& rest) {
    if (rest.empty() || rest.starts_with(" #")) {
        return std::nullopt;
    }
    const auto word = cut_word(rest);
    const auto time = word ? parse_sample_value(*word) : std::nullopt;
    if (!time || !std::isfinite(*time)) {
        return fail(ErrorCode::malformed, "'{}' is no time in seconds after exactly one blank",
                    word.value_or("").substr(0, 64));
    }
    return time;
}

class Reader {
  public:
    explicit Reader(const TakeSample& take) : take_(take) {}

    Result<void> line(std::string_view line) {
        if (is_at_end_) {
            return fail(ErrorCode::malformed, "nothing may stand after # EOF");
        }
        if (line == "# EOF") {
            is_at_end_ = true;
            return finish_family();
        }
        return line.starts_with('#') ? metadata(line) : sample(line);
    }

    Result<void> end() const {
        return is_at_end_ ? Result<void>{}
                          : fail(ErrorCode::malformed, "the text must end with the line # EOF: it may be cut off");
    }

  private:
    Result<void> finish_family() { return family_.is_open() ? family_.finish(taken_) : Result<void>{}; }

    Result<void> begin_family(std::string_view name) {
        VIGIE_CHECK(finish_family());
        family_.begin(name);
        return {};
    }

    // "# KEYWORD NAME TEXT" with one blank each; the text may be empty, its blank may not be missing.
    Result<void> metadata(std::string_view line) {
        auto rest = line.substr(1);
        const auto keyword = cut_word(rest);
        const auto name = cut_word(rest);
        if (!keyword || !name || !rest.starts_with(' ') || !is_metric_name(*name)) {
            return fail(ErrorCode::malformed, "only HELP, TYPE and UNIT of a metric and # EOF may follow a #");
        }
        const auto text = rest.substr(1);
        if (*name != family_.name()) {
            VIGIE_CHECK(begin_family(*name));
        }
        if (*keyword == "HELP") {
            return family_.set_help();
        }
        if (*keyword == "TYPE") {
            return family_.set_type(text);
        }
        if (*keyword == "UNIT") {
            return family_.set_unit(text);
        }
        return fail(ErrorCode::malformed, "there is no metadata '{}'", keyword->substr(0, 64));
    }

    Result<void> sample(std::string_view rest) {
        sample_.name = cut_metric_name(rest);
        if (sample_.name.empty()) {
            return fail(ErrorCode::malformed, "a line must begin with the name of a metric, or with #");
        }
        VIGIE_CHECK(cut_labels(rest, strict, sample_.labels));
        VIGIE_TRY(sample_.value, cut_value(rest));
        VIGIE_TRY(sample_.time, cut_time(rest));
        const bool has_exemplar = !rest.empty();
        if (has_exemplar) {
            VIGIE_CHECK(exemplar(rest));
        }
        if (!family_.may_have(sample_.name)) {
            VIGIE_CHECK(begin_family(sample_.name));
        }
        VIGIE_CHECK(family_.add(sample_, has_exemplar));
        if (!family_.is_repeated()) {
            take_(sample_);
        }
        return {};
    }

    // " # {labels} value [time]"
    Result<void> exemplar(std::string_view rest) {
        if (!rest.starts_with(" # {")) {
            return fail(ErrorCode::malformed, "what follows a sample must be an exemplar: # {{labels}} value");
        }
        rest.remove_prefix(3);
        VIGIE_CHECK(cut_labels(rest, strict, exemplar_labels_));
        VIGIE_CHECK(cut_value(rest));
        VIGIE_CHECK(cut_time(rest));
        if (!rest.empty()) {
            return fail(ErrorCode::malformed, "something stands after the exemplar");
        }
        size_t characters = 0;
        for (const auto& label : exemplar_labels_) {
            characters += label.name.size() + characters_in(unescaped(label.escaped));
        }
        if (characters > exemplar_characters_max) {
            return fail(ErrorCode::malformed, "the labels of an exemplar have more than {} characters",
                        exemplar_characters_max);
        }
        return {};
    }

    const TakeSample& take_;
    OpenMetricsFamily family_;
    OpenMetricsFamily::Names taken_;
    ParsedSample sample_;
    std::vector<ParsedLabel> exemplar_labels_;
    bool is_at_end_ = false;
};

}  // namespace

Result<void> parse_openmetrics(std::string_view text, const TakeSample& take) {
    if (!is_utf8(text)) {
        return fail(ErrorCode::malformed, "the text is not UTF-8");
    }
    Reader reader(take);
    for (size_t number = 1; !text.empty(); ++number) {
        if (const auto read = reader.line(next_line(text)); !read) {
            return fail(read.error().at(fmt::format("line {}", number)));
        }
    }
    return reader.end();
}

}  // namespace vigie::agent
