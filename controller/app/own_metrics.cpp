#include "controller/app/own_metrics.hpp"

#include <filesystem>

namespace vigie::controller {
namespace {

using web::MetricFamily;
using Labels = std::vector<std::pair<std::string, std::string>>;

class Families {
  public:
    void gauge(std::string name, std::string help, double value) {
        add(std::move(name), MetricFamily::Kind::gauge, std::move(help)).points.push_back({.value = value});
    }
    void counter(std::string name, std::string help, uint64_t value) {
        add(std::move(name), MetricFamily::Kind::counter, std::move(help))
            .points.push_back({.value = static_cast<double>(value)});
    }
    // One point for each value of a label.
    void by(MetricFamily::Kind kind, std::string name, std::string help, const std::string& label,
            const std::vector<std::pair<std::string, double>>& values) {
        auto& family = add(std::move(name), kind, std::move(help));
        for (const auto& [text, value] : values) {
            family.points.push_back({.labels = {{label, text}}, .value = value});
        }
    }
    MetricFamily& add(std::string name, MetricFamily::Kind kind, std::string help) {
        return all_.emplace_back(MetricFamily{std::move(name), kind, std::move(help), {}});
    }
    std::vector<MetricFamily> take() { return std::move(all_); }

  private:
    std::vector<MetricFamily> all_;
};

constexpr auto counter = MetricFamily::Kind::counter;
constexpr auto gauge = MetricFamily::Kind::gauge;

void add_fleet(Families& to, const OwnMetricsSources& s) {
    std::map<std::string, double> states{{"up", 0}, {"silent", 0}, {"never_heard", 0}, {"revoked", 0}};
    for (const auto* host : s.answers.watch.fleet().hosts()) {
        if (host->state != HostState::left) {
            ++states[std::string(shown_state(*host))];
        }
    }
    to.add("vigie_build_info", gauge, "The controller's version; always 1")
        .points.push_back({.labels = {{"version", VIGIE_VERSION}}, .value = 1});
    to.by(gauge, "vigie_hosts", "Enrolled hosts by state", "state", {states.begin(), states.end()});
    const auto link = s.link();
    to.gauge("vigie_agents_connected", "Agents with a session", static_cast<double>(link.sessions));
    to.gauge("vigie_link_held_entries", "Entries that wait for the committer", static_cast<double>(link.held_entries));
    to.by(counter, "vigie_handshakes", "Handshakes of agents by outcome", "outcome",
          {{"accepted", link.handshakes.accepted},
           {"refused", link.handshakes.refused},
           {"overloaded", link.handshakes.overloaded}});
    to.counter("vigie_malformed_messages", "Messages of agents that could not be read",
               link.malformed_messages + link.dropped_messages);
}

void add_ingest(Families& to, const OwnMetricsSources& s) {
    const auto& counts = s.answers.records.ingest().counts();
    to.counter("vigie_samples_ingested", "Values stored since the start", counts.samples);
    to.counter("vigie_series_refused", "Values left out: over a host's limit of series, malformed or twice",
               counts.refused_series);
    to.by(counter, "vigie_entries", "Entries of agents by outcome", "outcome",
          {{"applied", static_cast<double>(counts.applied)},
           {"duplicate", static_cast<double>(counts.duplicates)},
           {"ahead", static_cast<double>(counts.ahead)},
           {"unreadable", static_cast<double>(counts.unreadable)},
           {"quarantined", static_cast<double>(counts.quarantined)}});
    to.counter("vigie_entries_missing", "Entries that agents lost before the controller had them", counts.missing);
    to.gauge("vigie_series", "Series ever stored", static_cast<double>(counts.series));
}

void add_commits(Families& to, const OwnMetricsSources& s) {
    const auto reading = s.commits.reading();
    auto& family = to.add("vigie_commit_duration_seconds", MetricFamily::Kind::histogram,
                          "How long synced commits of the store took");
    uint64_t count = 0;
    for (size_t i = 0; i < reading.counts.size(); ++i) {
        count += reading.counts[i];
        const auto is_last = i == CommitMeter::bounds_seconds.size();
        family.points.push_back(
            {.labels = {{"le", is_last ? "+Inf" : fmt::format("{}", CommitMeter::bounds_seconds[i])}},
             .value = static_cast<double>(count),
             .suffix = "_bucket"});
    }
    family.points.push_back({.value = reading.seconds, .suffix = "_sum"});
    family.points.push_back({.value = static_cast<double>(count), .suffix = "_count"});
    to.counter("vigie_commits_failed", "Commits that stored nothing", reading.failed);
    to.gauge("vigie_commit_queue_length", "Changes that wait for the committer",
             static_cast<double>(s.commits_queued()));
    to.gauge("vigie_store_full", "1 while the disk is too full for changes", s.answers.is_store_full() ? 1 : 0);
}

void add_notifications(Families& to, const OwnMetricsSources& s) {
    const auto status = s.answers.notifier_status();
    const auto& counts = status.counts;
    to.counter("vigie_notifications_sent", "Notifications that receivers took", counts.delivered);
    to.counter("vigie_notifications_failed", "Notifications given up since the start", counts.given_up);
    to.counter("vigie_notification_retries", "Deliveries that were tried again", counts.retried);
    to.counter("vigie_notification_template_failures",
               "Templates of messages that failed, so that a default text was sent", status.template_failures);
    to.gauge("vigie_notifications_queued", "Notifications on their way",
             static_cast<double>(counts.waiting + counts.in_flight));
}

void add_http(Families& to, const OwnMetricsSources& s) {
    const auto front = s.front();
    std::vector<std::pair<std::string, double>> by_status;
    for (const auto& [status, count] : front.by_status) {
        by_status.emplace_back(std::to_string(status), static_cast<double>(count));
    }
    to.by(counter, "vigie_http_requests", "Answered requests by status", "code", by_status);
    to.counter("vigie_http_requests_given_up", "Requests whose client left before the answer", front.given_up);
    const auto http = s.http();
    to.gauge("vigie_http_connections", "Open connections", static_cast<double>(http.connections));
    to.counter("vigie_http_connections_accepted", "Connections since the start", http.accepted);
    to.counter("vigie_http_connections_cut", "Connections cut for their time or number", http.cut);
    to.gauge("vigie_queries_running", "Queries under way, of HTTP and of operators",
             static_cast<double>(s.queries.running()));
    to.gauge("vigie_queries_waiting", "Queries that wait for their turn", static_cast<double>(s.queries.waiting()));
}

// Of the store's own folder; what can't be read counts as nothing.
double bytes_in(const std::string& folder) {
    double bytes = 0;
    std::error_code ignored;
    for (std::filesystem::recursive_directory_iterator file(folder, ignored), end; !ignored && file != end;
         file.increment(ignored)) {
        const auto size = file->file_size(ignored);
        bytes += ignored ? 0 : static_cast<double>(size);
        ignored.clear();
    }
    return bytes;
}

void add_alerts(Families& to, const StateStore& store) {
    std::map<std::string, double> phases{{"pending", 0}, {"firing", 0}, {"no_data", 0}};
    if (const auto alerts = alerts::list_alerts(store)) {
        for (const auto& alert : *alerts) {
            if (const auto phase = phases.find(std::string(alerts::name_of(alert.state.phase)));
                phase != phases.end()) {
                ++phase->second;
            }
        }
    }
    to.by(gauge, "vigie_alerts", "Alerts that are not over, by state", "state", {phases.begin(), phases.end()});
}

}  // namespace

std::function<std::vector<MetricFamily>()> own_metrics(const OwnMetricsSources& sources) {
    Families families;
    add_fleet(families, sources);
    add_ingest(families, sources);
    add_commits(families, sources);
    add_notifications(families, sources);
    add_http(families, sources);
    return [all = families.take(), &store = sources.answers.store, folder = sources.store_folder] {
        Families more;
        more.gauge("vigie_store_bytes", "Bytes that the store takes on disk", bytes_in(folder));
        add_alerts(more, store);
        auto families_now = all;
        for (auto& some : {more.take(), process_metrics()}) {
            families_now.insert(families_now.end(), some.begin(), some.end());
        }
        return families_now;
    };
}

}  // namespace vigie::controller
