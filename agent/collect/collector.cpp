// Running them all, timing each.
#include "agent/collect/collector.hpp"

#include <algorithm>

#include "agent/collect/registry.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {

namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_names(const std::vector<std::string>& names) {
    std::vector<std::string_view> known;
    for (const auto& kind : collector_kinds()) {
        known.emplace_back(kind.name);
    }
    for (const auto& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return fail(ErrorCode::unsupported, "no collector '{}'; there are: {}", name, fmt::join(known, ", "));
        }
    }
    return {};
}

}  // namespace

CollectorSet::CollectorSet(Clock& clock) : clock_(clock) {}
CollectorSet::~CollectorSet() = default;

Result<std::unique_ptr<CollectorSet>> CollectorSet::open(const CollectOptions& options, Clock& clock,
                                                         FileSystemReader& file_systems, const SystemdSource* systemd) {
    VIGIE_CHECK(check_names(options.enabled));
    VIGIE_CHECK(check_names(options.disabled));
    std::unique_ptr<CollectorSet> set(new CollectorSet(clock));
    set->sources_ = std::make_unique<CollectorSources>(options.roots);
    const CollectContext context{options, *set->sources_, file_systems, clock, systemd};
    for (const auto& kind : collector_kinds()) {
        const bool is_on = kind.is_default ? !has(options.disabled, kind.name) : has(options.enabled, kind.name);
        if (is_on) {
            set->collectors_.push_back(kind.make(context));
        }
    }
    set->last_errors_.resize(set->collectors_.size());
    return set;
}

std::vector<std::string> CollectorSet::names() const {
    std::vector<std::string> names;
    for (const auto& collector : collectors_) {
        names.emplace_back(collector->name());
    }
    return names;
}

bool CollectorSet::has_collector(std::string_view name) const {
    return std::any_of(collectors_.begin(), collectors_.end(), [&](const auto& one) { return name == one->name(); });
}

// One line when a collector begins to fail, fails otherwise, or works again.
void CollectorSet::note(size_t index, const Result<void>& outcome) {
    const auto* name = collectors_[index]->name();
    auto& last = last_errors_[index];
    if (outcome && !last.empty()) {
        log::info("collector {} works again", name);
        last.clear();
    } else if (!outcome && last != outcome.error().message) {
        last = outcome.error().message;
        // What the kernel lacks is no trouble: a container without pressure, a host without connection tracking.
        log::write(outcome.error().code == ErrorCode::not_found ? log::Level::debug : log::Level::warning,
                   fmt::format("collector {}: {}", name, last));
    }
}

Collection CollectorSet::collect(WallTime now, const std::function<void(SeriesWriter&)>& add_more) {
    Collection collection;
    collection.outcomes.reserve(collectors_.size());
    writer_.begin();
    ++ticks_;
    auto started = clock_.mono();
    for (size_t i = 0; i < collectors_.size(); ++i) {
        const auto outcome = collectors_[i]->collect({.number = ticks_, .wall = now, .mono = started}, writer_);
        const auto ended = clock_.mono();
        const auto took = std::chrono::duration<double>(ended - started).count();
        started = ended;
        note(i, outcome);
        collection.outcomes.push_back({collectors_[i]->name(), outcome.has_value(), took, last_errors_[i]});
    }
    for (const auto& one : collection.outcomes) {
        writer_.add("node_scrape_collector_duration_seconds", {{"collector", one.name}}, one.seconds);
        writer_.add("node_scrape_collector_success", {{"collector", one.name}}, one.is_success ? 1 : 0);
    }
    if (add_more) {
        add_more(writer_);
    }
    collection.has_new_schema = writer_.finish();
    collection.batch = {unix_ms(now), writer_.schema(), writer_.values()};
    return collection;
}

}  // namespace vigie::agent
