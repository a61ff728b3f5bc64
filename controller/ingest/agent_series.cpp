// Resolving a schema line by line, and the rows of new series.
#include "controller/ingest/agent_series.hpp"

#include <set>
#include <unordered_set>

#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

// Beside looking up a line, which is 1: to read its labels only to leave it out, and to add it, which is five rows.
constexpr size_t work_of_refusal = 4;
constexpr size_t work_of_new = 10;
// Enough to name the label that explodes. What is beyond costs a look-up and no more, or a host that brings new labels
// with each report would hold up the others.
constexpr size_t series_over_cap_looked_at_max = 1'000;

std::vector<std::string> lines_of(std::string_view schema) {
    std::vector<std::string> lines;
    while (!schema.empty()) {
        const auto end = std::min(schema.find('\n'), schema.size());
        lines.emplace_back(schema.substr(0, end));
        schema.remove_prefix(std::min(end + 1, schema.size()));
    }
    return lines;
}

constexpr std::string_view host_job = "node";

// A label that the agent has already keeps its value under exported_NAME, as Prometheus does with labels of a target,
// and with one exported_ more while that name is taken too: two series must not become one.
void put_over(LabelSet& labels, const std::string& name, std::string_view value) {
    if (const auto theirs = labels.find(name); theirs != labels.end()) {
        auto kept = "exported_" + name;
        while (labels.contains(kept)) {
            kept.insert(0, "exported_");
        }
        labels.insert_or_assign(kept, theirs->second);
    }
    labels.insert_or_assign(name, std::string(value));
}

// The host a series comes from is what its agent's key says. A job of the agent's own counts, so that rules and
// dashboards find an application under the job it always had; what has none is the host's, and nothing else is.
void add_target_labels(LabelSet& labels, const AgentId& agent) {
    put_over(labels, "instance", agent.value);
    const auto job = labels.find("job");
    if (job == labels.end() || job->second.empty() || job->second == host_job) {
        put_over(labels, "job", host_job);
    }
}

// How many different values each label has, by their hashes: two that collide count as one.
class LabelValues {
  public:
    void add(const LabelSet& labels) {
        for (const auto& [name, value] : labels) {
            values_[name].insert(std::hash<std::string>()(value));
        }
    }
    std::string most_varied() const {
        const std::pair<const std::string, std::unordered_set<size_t>>* most = nullptr;
        for (const auto& one : values_) {
            const bool is_more = most == nullptr || one.second.size() > most->second.size();
            most = is_more && one.first != metric_name_label ? &one : most;
        }
        return most == nullptr ? std::string(metric_name_label) : most->first;
    }

  private:
    std::map<std::string, std::unordered_set<size_t>> values_;
};
// Of series that ended so many are looked at: enough to see which label exploded.
constexpr size_t ended_looked_at_max = 1'000;

// A quarter of the cap is for the names of the host's own series: a label of an application that explodes must never
// keep out what the host is watched by. Of that quarter a quarter is not for what its targets and checks bring, which
// may be others' names too.
constexpr size_t host_share = 4;

bool is_of_host(std::string_view line) {
    return line.starts_with("node_") || line.starts_with("container_") || line.starts_with("vigie_");
}

bool is_of_target(std::string_view line) {
    return line.starts_with("probe_") || line.starts_with("scrape_") || line.substr(0, line.find('{')) == "up";
}

size_t cap_of(std::string_view line, size_t series_max) {
    const auto kept = series_max / host_share;
    return is_of_host(line) ? series_max : is_of_target(line) ? series_max - kept / host_share : series_max - kept;
}

void refuse(SeriesRefusal& refusal, size_t& counter, const std::string& line) {
    ++counter;
    if (refusal.example.empty()) {
        refusal.example = line.substr(0, 200);
    }
}

}  // namespace

// A schema on its way to ids.
struct AgentSeries::Resolving {
    std::string schema;
    std::vector<std::string> lines;
    size_t next = 0;  // of lines
    ResolvedSchema resolved;
    SeriesList series;
    std::optional<SeriesIds> stored;  // what the agent had before, while that is all it has but for unstored_
    std::set<uint64_t> seen;
    std::set<uint32_t> readers;
    size_t over_cap_looked_at = 0;
    std::optional<LabelValues> values;  // when some may find no room
    WallTime arrived_at{};
};

AgentSeries::AgentSeries(const StateStore& store, AgentId agent, const InterestIn& interest_in)
    : store_(store), agent_(std::move(agent)), interest_in_(interest_in) {}

AgentSeries::~AgentSeries() = default;

void AgentSeries::on_stored() {
    unstored_.clear();
    work_ = 0;
    if (resolving_) {
        resolving_->stored.reset();
    }
}

// With `stored` no read is needed; without it one is.
Result<std::optional<uint64_t>> AgentSeries::find(const std::string& line, const Resolving& resolving) const {
    if (const auto added = unstored_.find(line); added != unstored_.end()) {
        return added->second;
    }
    if (resolving.stored) {
        const auto known = resolving.stored->find(line);
        return known == resolving.stored->end() ? std::nullopt : std::optional(known->second);
    }
    VIGIE_TRY(const auto row, store_.get(Family::sidx, keys::own_series(agent_, line)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto id, keys::read_number(*row));
    return id;
}

uint64_t AgentSeries::add(const std::string& line, const LabelSet& labels, uint64_t& next_id, StoreBatch& batch) {
    const auto id = next_id++;
    ++*count_;
    unstored_.emplace(line, id);
    const auto row = label_row(labels);
    batch.put(Family::series, keys::series(id), row);
    batch.put(Family::sidx, keys::own_series(agent_, line), keys::number(id));
    for (const auto& [name, value] : labels) {
        batch.put(Family::sidx, keys::posting(name, value, id), keys::carries_labels(name) ? row : std::string());
    }
    return id;
}

size_t AgentSeries::count_of(const std::string& schema) const {
    if (is_current(schema)) {
        return resolved_.lines;
    }
    const auto ends = static_cast<size_t>(std::count(schema.begin(), schema.end(), '\n'));
    return ends + (!schema.empty() && schema.back() != '\n' ? 1 : 0);
}

Result<void> AgentSeries::begin(const std::string& schema, const SeriesCaps& caps, WallTime now) {
    auto resolving = std::make_unique<Resolving>();
    if (!count_) {
        VIGIE_TRY(resolving->stored, stored_series_ids(store_, agent_));
        count_ = resolving->stored->size();
    }
    resolving->schema = schema;
    resolving->lines = lines_of(schema);
    resolving->arrived_at = now;
    std::erase_if(ended_, [now](const auto& one) { return now - one.second >= series_counted_for; });
    if (resolved_.series) {
        for (const auto id : resolved_.series->ids) {
            ended_.insert_or_assign(id, resolved_seen_at_);  // until it is found in the new schema
        }
    } else if (resolving->stored) {
        for (const auto& line : resolving->lines) {
            if (const auto known = resolving->stored->find(line); known != resolving->stored->end()) {
                ended_.insert_or_assign(known->second, now);
            }
        }
    }
    const auto lines = resolving->lines.size();
    if (ended_.size() + lines > cap_of("", caps.of_agent) || *count_ + lines > cap_of("", caps.of_agent_ever)) {
        resolving->values.emplace();
    }
    resolving_ = std::move(resolving);
    return {};
}

// False: lines are left for the next commit.
Result<bool> AgentSeries::advance(Resolving& resolving, const SeriesCaps& caps, uint64_t& next_id, StoreBatch& batch) {
    auto& series = resolving.series;
    auto& refusal = resolving.resolved.refusal;
    for (auto& next = resolving.next; next < resolving.lines.size(); ++next) {
        if (work_ >= caps.work_per_commit) {
            return false;
        }
        ++work_;
        const auto& line = resolving.lines[next];
        VIGIE_TRY(auto id, find(line, resolving));
        const bool is_over_total = !id && next_id > caps.in_all;
        if (is_over_total) {
            refuse(refusal, refusal.over_total, line);
            continue;
        }
        const auto cap = cap_of(line, caps.of_agent);
        const auto cap_ever = cap_of(line, caps.of_agent_ever);
        const bool is_over_ever = !id && *count_ >= cap_ever;
        const bool is_over_cap = is_over_ever || (!id && resolving.seen.size() + ended_.size() >= cap);
        if (is_over_cap && refusal.over_cap == 0) {
            refusal.cap = is_over_ever ? cap_ever : cap;
        }
        if (is_over_cap && resolving.over_cap_looked_at == series_over_cap_looked_at_max) {
            refuse(refusal, refusal.over_cap, line);
            continue;
        }
        auto labels = parse_series(line);
        if (!labels) {
            refuse(refusal, refusal.malformed, line);
            continue;
        }
        add_target_labels(*labels, agent_);
        if (resolving.values) {
            resolving.values->add(*labels);
        }
        if (is_over_cap) {
            work_ += work_of_refusal;
            ++resolving.over_cap_looked_at;
            refuse(refusal, refusal.over_cap, line);
            continue;
        }
        if (!id) {
            work_ += work_of_new;
            id = add(line, *labels, next_id, batch);
        }
        if (!resolving.seen.insert(*id).second) {
            refuse(refusal, refusal.malformed, line);
            continue;
        }
        ended_.erase(*id);
        const auto interest = interest_in_(*labels);
        resolving.readers.insert(interest.readers.begin(), interest.readers.end());
        if (interest.wants_labels) {
            series.watched.push_back({static_cast<uint32_t>(series.ids.size()), std::move(*labels)});
        }
        series.ids.push_back(*id);
        resolving.resolved.places.push_back(static_cast<uint32_t>(next));
    }
    return true;
}

// What ended may be more than what goes on, and explode no more.
Result<void> AgentSeries::name_culprit(const Resolving& resolving, SeriesRefusal& refusal) const {
    if (ended_.size() <= resolving.seen.size()) {
        refusal.label = resolving.values ? resolving.values->most_varied() : std::string(metric_name_label);
        return {};
    }
    LabelValues values;
    const auto stride = ended_.size() / ended_looked_at_max + 1;
    size_t number = 0;
    for (const auto& [id, _] : ended_) {
        if (number++ % stride != 0) {
            continue;
        }
        VIGIE_TRY(const auto row, store_.get(Family::series, keys::series(id)));
        if (row) {  // not while it waits for this commit
            VIGIE_TRY(const auto labels, read_label_row(*row));
            values.add(labels);
        }
    }
    refusal.label = values.most_varied();
    return {};
}

Result<const ResolvedSchema*> AgentSeries::resolve(const std::string& schema, const SeriesCaps& caps, WallTime now,
                                                   uint64_t& next_id, StoreBatch& batch) {
    if (is_current(schema) && !is_room_due(now)) {
        resolved_seen_at_ = now;
        return &resolved_;
    }
    if (!resolving_ || resolving_->schema != schema) {
        VIGIE_CHECK(begin(schema, caps, now));
    }
    VIGIE_TRY(const bool is_whole, advance(*resolving_, caps, next_id, batch));
    if (!is_whole) {
        return nullptr;
    }
    const auto done = std::exchange(resolving_, nullptr);
    look_for_room_at_.reset();
    if (done->resolved.refusal.over_cap > 0) {
        VIGIE_CHECK(name_culprit(*done, done->resolved.refusal));
        look_for_room_at_ = now + room_looked_for_after;
    }
    done->series.readers.assign(done->readers.begin(), done->readers.end());
    done->series.ids.shrink_to_fit();
    resolved_ = std::move(done->resolved);
    resolved_.series = std::make_shared<const SeriesList>(std::move(done->series));
    resolved_.places.shrink_to_fit();
    resolved_.lines = static_cast<uint32_t>(done->lines.size());
    schema_ = std::move(done->schema);
    resolved_seen_at_ = now;
    return &resolved_;
}

}  // namespace vigie::controller
