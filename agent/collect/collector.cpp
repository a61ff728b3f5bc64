// Running them all, timing each.
#include "agent/collect/collector.hpp"

#include <algorithm>

#include "agent/collect/registry.hpp"
#include "agent/collect/systemd.hpp"

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
                                                         MountProber& mounts, const SystemdSource* systemd) {
    VIGIE_CHECK(check_names(options.enabled));
    VIGIE_CHECK(check_names(options.disabled));
    auto sources = std::make_unique<CollectorSources>(options.roots);
    auto units = systemd == nullptr ? nullptr : std::make_unique<SystemdCopy>();
    const CollectContext context{options, *sources, mounts, clock, units.get()};
    std::vector<std::unique_ptr<Collector>> collectors;
    for (const auto& kind : collector_kinds()) {
        const bool is_on = kind.is_default ? !has(options.disabled, kind.name) : has(options.enabled, kind.name);
        if (is_on) {
            collectors.push_back(kind.make(context));
        }
    }
    auto set = of(std::move(collectors), clock);
    set->sources_ = std::move(sources);
    set->units_ = std::move(units);
    set->systemd_ = systemd;
    return set;
}

std::unique_ptr<CollectorSet> CollectorSet::of(std::vector<std::unique_ptr<Collector>> collectors, Clock& clock) {
    std::unique_ptr<CollectorSet> set(new CollectorSet(clock));
    set->left_out_.resize(collectors.size());
    set->collectors_ = std::move(collectors);
    return set;
}

std::vector<std::string> CollectorSet::names() const {
    std::vector<std::string> names;
    for (const auto& collector : collectors_) {
        names.emplace_back(collector->name());
    }
    return names;
}

// Null when there is none of that name.
std::optional<CollectorSet::LeftOut>* CollectorSet::left_out(std::string_view name) {
    const auto found = std::find_if(collectors_.begin(), collectors_.end(),
                                    [&](const auto& collector) { return name == collector->name(); });
    return found == collectors_.end() ? nullptr : &left_out_[static_cast<size_t>(found - collectors_.begin())];
}

void CollectorSet::leave_out(std::string_view name, const Error& why, MonoTime since) {
    if (auto* const place = left_out(name)) {
        *place = LeftOut{why, since};
    }
}

void CollectorSet::let_in(std::string_view name) {
    if (auto* const place = left_out(name)) {
        place->reset();
    }
}

void CollectorSet::prepare() {
    if (systemd_ != nullptr) {
        units_->take(systemd_->reading());
    }
}

void CollectorSet::read(WallTime now, const BeginOne& begin_one) {
    outcomes_.clear();
    outcomes_.reserve(collectors_.size());
    writer_.begin();
    ++ticks_;
    read_at_ = now;
    auto started = clock_.mono();
    const auto seconds_since = [](MonoTime then, MonoTime until) {
        return std::chrono::duration<double>(until - then).count();
    };
    for (size_t i = 0; i < collectors_.size(); ++i) {
        auto& outcome = outcomes_.emplace_back(CollectorOutcome{collectors_[i]->name(), false, 0, {}});
        if (const auto& left_out = left_out_[i]) {
            outcome.seconds = seconds_since(left_out->since, started);
            outcome.error = left_out->why;
            continue;
        }
        if (begin_one && !begin_one(outcome.name, started)) {
            return;
        }
        auto result = collectors_[i]->collect({.number = ticks_, .wall = now, .mono = started}, writer_);
        const auto ended = clock_.mono();
        outcome.seconds = seconds_since(started, ended);
        started = ended;
        outcome.is_success = result.has_value();
        if (!result) {
            outcome.error = std::move(result.error());
        }
    }
}

Collection CollectorSet::finish(const AddMore& add_more) {
    Collection collection;
    for (const auto& one : outcomes_) {
        writer_.add("node_scrape_collector_duration_seconds", {{"collector", one.name}}, one.seconds);
        writer_.add("node_scrape_collector_success", {{"collector", one.name}}, one.is_success ? 1 : 0);
    }
    if (add_more) {
        add_more(writer_);
    }
    collection.outcomes = std::move(outcomes_);
    collection.has_new_schema = writer_.finish();
    collection.batch = {unix_ms(read_at_), writer_.schema(), writer_.values()};
    return collection;
}

Collection CollectorSet::collect(WallTime now, const AddMore& add_more) {
    prepare();
    read(now);
    return finish(add_more);
}

}  // namespace vigie::agent
