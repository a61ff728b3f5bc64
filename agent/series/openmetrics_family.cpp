// One rule after the other. Sentences name what must be, since whoever reads them has to change an exporter.
#include "agent/series/openmetrics_family.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <utility>

namespace vigie::agent {
namespace {

using Type = OpenMetricsFamily::Type;
using Suffixes = std::span<const std::string_view>;

struct KnownType {
    std::string_view name;
    Type type;
};
constexpr std::array<KnownType, 8> known_types{{
    {"unknown", Type::unknown},
    {"counter", Type::counter},
    {"gauge", Type::gauge},
    {"histogram", Type::histogram},
    {"gaugehistogram", Type::gaugehistogram},
    {"stateset", Type::stateset},
    {"info", Type::info},
    {"summary", Type::summary},
}};

// What may stand behind the family's name.
Suffixes suffixes_of(Type type) {
    static constexpr std::array<std::string_view, 1> none{""};
    static constexpr std::array<std::string_view, 2> counter{"_total", "_created"};
    static constexpr std::array<std::string_view, 4> summary{"", "_count", "_sum", "_created"};
    static constexpr std::array<std::string_view, 4> histogram{"_count", "_sum", "_bucket", "_created"};
    static constexpr std::array<std::string_view, 3> gaugehistogram{"_gcount", "_gsum", "_bucket"};
    static constexpr std::array<std::string_view, 1> info{"_info"};
    switch (type) {
        case Type::counter:
            return counter;
        case Type::summary:
            return summary;
        case Type::histogram:
            return histogram;
        case Type::gaugehistogram:
            return gaugehistogram;
        case Type::info:
            return info;
        default:
            return none;
    }
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

const ParsedLabel* find_label(const ParsedSample& sample, std::string_view name) {
    const auto found = std::find_if(sample.labels.begin(), sample.labels.end(),
                                    [name](const ParsedLabel& label) { return label.name == name; });
    return found == sample.labels.end() ? nullptr : &*found;
}

// Of a label that holds a number: infinity has one spelling only, others are free.
std::optional<double> bound_in(const ParsedLabel* label) {
    const auto number = label == nullptr ? std::nullopt : parse_sample_value(label->escaped);
    const bool is_canonical =
        number && (*number != std::numeric_limits<double>::infinity() || label->escaped == "+Inf");
    return is_canonical && !std::isnan(*number) ? number : std::nullopt;
}

uint64_t mixed(uint64_t hash, std::string_view text) {
    // The multiplier of splitmix64 spreads what std::hash leaves alike.
    return (hash ^ std::hash<std::string_view>{}(text)) * 0xbf58476d1ce4e5b9U + 1;
}

// Labels with an empty value count as not there.
uint64_t hash_of(const ParsedSample& sample, std::string_view left_out) {
    uint64_t hash = 0;
    for (const auto& label : sample.labels) {
        if (label.name != left_out && !label.escaped.empty()) {
            hash = mixed(mixed(hash, label.name), label.escaped);
        }
    }
    return hash;
}

}  // namespace

void SeenHashes::clear() {
    slots_.assign(slots_.size() > 1024 ? 0 : slots_.size(), 0);
    used_ = 0;
}

size_t SeenHashes::place_of(uint64_t hash) const {
    size_t place = hash & (slots_.size() - 1);
    while (slots_[place] != 0 && slots_[place] != hash) {
        place = (place + 1) & (slots_.size() - 1);
    }
    return place;
}

bool SeenHashes::insert(uint64_t hash) {
    if (2 * (used_ + 1) > slots_.size()) {
        std::vector<uint64_t> old(std::max<size_t>(2 * slots_.size(), 64));
        old.swap(slots_);
        for (const auto one : old) {
            if (one != 0) {
                slots_[place_of(one)] = one;
            }
        }
    }
    auto& slot = slots_[place_of(hash | 1U)];
    const bool is_new = slot == 0;
    slot = hash | 1U;
    used_ += is_new ? 1 : 0;
    return is_new;
}

void OpenMetricsFamily::begin(std::string_view name) {
    name_ = name;
    type_given_.reset();
    type_ = Type::unknown;
    has_help_ = false;
    unit_.reset();
    samples_ = 0;
    group_.reset();
    groups_.clear();
    series_at_time_.clear();
    buckets_.reset();
    lacks_total_ = false;
}

Result<void> OpenMetricsFamily::check_place(std::string_view keyword, bool is_there_already) const {
    if (samples_ > 0) {
        return fail(ErrorCode::malformed, "{} of {} must stand before its samples", keyword, name_);
    }
    if (is_there_already) {
        return fail(ErrorCode::malformed, "{} has more than one {}", name_, keyword);
    }
    return {};
}

Result<void> OpenMetricsFamily::set_type(std::string_view type) {
    VIGIE_CHECK(check_place("TYPE", type_given_.has_value()));
    const auto known =
        std::find_if(known_types.begin(), known_types.end(), [type](const KnownType& one) { return one.name == type; });
    if (known == known_types.end()) {
        return fail(ErrorCode::malformed, "there is no type '{}'", type.substr(0, 64));
    }
    type_given_ = type_ = known->type;
    return {};
}

Result<void> OpenMetricsFamily::set_help() {
    VIGIE_CHECK(check_place("HELP", has_help_));
    has_help_ = true;
    return {};
}

Result<void> OpenMetricsFamily::set_unit(std::string_view unit) {
    VIGIE_CHECK(check_place("UNIT", unit_.has_value()));
    unit_ = unit;
    return {};
}

bool OpenMetricsFamily::may_have(std::string_view sample_name) const {
    if (!is_open() || !sample_name.starts_with(name_)) {
        return false;
    }
    const auto suffixes = suffixes_of(type_);
    return std::find(suffixes.begin(), suffixes.end(), sample_name.substr(name_.size())) != suffixes.end();
}

Result<void> OpenMetricsFamily::finish(Names& taken) {
    VIGIE_CHECK(finish_point());
    const auto reserve = [&](std::string_view suffix) {
        return taken.insert(std::string(name_).append(suffix)).second;
    };
    bool is_free = reserve("");
    for (const auto suffix : suffixes_of(type_)) {
        is_free = is_free && (suffix.empty() || reserve(suffix));
    }
    if (!is_free) {
        return fail(ErrorCode::malformed, "the name {} clashes with a family before it, or its lines stand apart",
                    name_);
    }
    if (unit_ && !unit_->empty()) {
        if (!name_.ends_with(*unit_) || !name_.substr(0, name_.size() - unit_->size()).ends_with('_')) {
            return fail(ErrorCode::malformed, "{} must end with its unit: _{}", name_, unit_->substr(0, 64));
        }
        if (type_ == Type::info || type_ == Type::stateset) {
            return fail(ErrorCode::malformed, "{} may have no unit, because of its type", name_);
        }
    }
    return {};
}

// The label that tells the samples of one group apart.
std::string_view OpenMetricsFamily::grouping_label(std::string_view suffix) const {
    return type_ == Type::summary && suffix.empty() ? "quantile"
           : type_ == Type::stateset                ? name_
           : is_histogram() && suffix == "_bucket"  ? "le"
                                                    : std::string_view{};
}

Result<void> OpenMetricsFamily::check_labels(const ParsedSample& sample, std::string_view suffix) {
    const auto needed = grouping_label(suffix);
    if (needed.empty()) {
        const std::string_view kept = type_ == Type::summary ? "quantile" : is_histogram() ? "le" : "";
        return kept.empty() || find_label(sample, kept) == nullptr
                   ? Result<void>{}
                   : fail(ErrorCode::malformed, "{} may not have the label {}", sample.name, kept);
    }
    const auto* const label = find_label(sample, needed);
    if (type_ == Type::stateset) {
        return label != nullptr ? Result<void>{}
                                : fail(ErrorCode::malformed, "a stateset needs its own name as a label: {}", name_);
    }
    const auto bound = bound_in(label);
    const bool is_good = bound && (suffix == "_bucket" || (*bound >= 0 && *bound <= 1));
    if (!is_good) {
        return fail(ErrorCode::malformed, "{} needs the label {}, {}", sample.name, needed,
                    suffix == "_bucket" ? "a number or +Inf" : "a number from 0 to 1");
    }
    bound_ = *bound;
    return {};
}

Result<void> OpenMetricsFamily::check_value(double value, std::string_view suffix) const {
    const bool is_whole = std::isfinite(value) && std::floor(value) == value;
    if (type_ == Type::stateset && value != 0 && value != 1) {
        return fail(ErrorCode::malformed, "a stateset's values are 0 and 1");
    }
    if (type_ == Type::info && value != 1) {
        return fail(ErrorCode::malformed, "an info's value is 1");
    }
    if (type_ == Type::summary && suffix.empty() && value < 0) {
        return fail(ErrorCode::malformed, "a quantile can't be negative");
    }
    if (is_one_of(suffix, {"_count", "_gcount", "_bucket"}) && !is_whole) {
        return fail(ErrorCode::malformed, "counts and buckets are whole numbers");
    }
    if (is_one_of(suffix, {"_total", "_sum", "_count", "_bucket", "_gcount", "_gsum"}) &&
        (std::isnan(value) || (value < 0 && suffix != "_gsum"))) {
        return fail(ErrorCode::malformed, "{}{} is negative or not a number", name_, suffix);
    }
    return {};
}

// Two points of one series need two times. At the same time a second one is passed over, as times may have been cut.
Result<void> OpenMetricsFamily::check_repetition(const ParsedSample& sample, uint64_t series) {
    is_repeated_ = !series_at_time_.insert(series);
    return is_repeated_ && !sample.time
               ? fail(ErrorCode::malformed, "{} stands there twice with the same labels", sample.name)
               : Result<void>{};
}

Result<void> OpenMetricsFamily::check_group(const ParsedSample& sample, std::string_view suffix) {
    const auto group = hash_of(sample, grouping_label(suffix));
    const bool is_same = group_ == group;
    if (is_same && sample.time.has_value() != group_time_.has_value()) {
        return fail(ErrorCode::malformed, "some samples of a group have a time and some have none");
    }
    if (is_same && sample.time && *sample.time < *group_time_) {
        return fail(ErrorCode::malformed, "times go back within a group");
    }
    if (!is_same && !groups_.insert(group)) {
        return fail(ErrorCode::malformed, "the samples of a group must stand together");
    }
    if (!is_same || sample.time != group_time_) {
        VIGIE_CHECK(finish_point());
        begin_point();
    }
    group_ = group;
    group_time_ = sample.time;
    return check_repetition(sample, mixed(hash_of(sample, {}), suffix));
}

void OpenMetricsFamily::begin_point() {
    series_at_time_.clear();
    if (is_histogram()) {
        buckets_ = Buckets{};  // emplace() does not compile with clang 14, for which Buckets was incomplete before
    }
    lacks_total_ = type_ == Type::counter;
}

Result<void> OpenMetricsFamily::finish_point() {
    if (std::exchange(lacks_total_, false)) {
        return fail(ErrorCode::malformed, "{} has a point without {}_total", name_, name_);
    }
    return finish_buckets();
}

Result<void> OpenMetricsFamily::add_to_buckets(double value, std::string_view suffix) {
    auto& point = *buckets_;
    if (suffix == "_bucket") {
        if (point.last_bound && bound_ <= *point.last_bound) {
            return fail(ErrorCode::malformed, "the buckets of {} must stand in the order of le", name_);
        }
        if (value < point.last_value) {
            return fail(ErrorCode::malformed, "the buckets of {} must not go down", name_);
        }
        point.last_bound = bound_;
        point.last_value = value;
        point.has_negative_bound = point.has_negative_bound || bound_ < 0;
    } else if (suffix == "_count" || suffix == "_gcount") {
        point.count = value;
    } else if (suffix == "_sum") {
        point.has_sum = true;
    } else if (suffix == "_gsum") {
        point.has_gauge_sum = true;
        point.has_negative_gauge_sum = value < 0;
    }
    return {};
}

Result<void> OpenMetricsFamily::finish_buckets() {
    if (!buckets_) {
        return {};
    }
    const auto point = *std::exchange(buckets_, std::nullopt);
    const bool has_any_sum = point.has_sum || point.has_gauge_sum;
    const char* const wrong =
        point.last_bound != std::numeric_limits<double>::infinity() ? "needs a bucket with le=\"+Inf\""
        : point.count && *point.count != point.last_value           ? "has a count other than its +Inf bucket"
        : has_any_sum != point.count.has_value()                    ? "needs both sum and count, or neither"
        : point.has_negative_bound && point.has_sum                 ? "has a sum although buckets are negative"
        : !point.has_negative_bound && point.has_negative_gauge_sum ? "has a negative sum without negative buckets"
                                                                    : nullptr;
    return wrong == nullptr ? Result<void>{} : fail(ErrorCode::malformed, "{} {}", name_, wrong);
}

Result<void> OpenMetricsFamily::add(const ParsedSample& sample, bool has_exemplar) {
    const auto suffix = sample.name.substr(name_.size());
    VIGIE_CHECK(check_labels(sample, suffix));
    VIGIE_CHECK(check_value(sample.value, suffix));
    VIGIE_CHECK(check_group(sample, suffix));
    const bool may_have_exemplar =
        (is_histogram() && suffix == "_bucket") || (type_ == Type::counter && suffix == "_total");
    if (has_exemplar && !may_have_exemplar) {
        return fail(ErrorCode::malformed, "only buckets and totals of counters may have an exemplar");
    }
    ++samples_;
    lacks_total_ = lacks_total_ && suffix != "_total";
    return buckets_ && !is_repeated_ ? add_to_buckets(sample.value, suffix) : Result<void>{};
}

}  // namespace vigie::agent
