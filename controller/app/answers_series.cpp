// series.find and top: what is stored, and how the hosts fare now. Both read more than the loop may wait for.
#include "controller/app/answers_series.hpp"

#include "controller/query/parser.hpp"
#include "controller/series/listing.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

constexpr milliseconds time_max = 20s;  // the client waits 30 s for an answer
constexpr int64_t shown_default = 1'000;
constexpr int64_t shown_max = 50'000;  // about 15 MB as JSON
// A whole fleet's series may be counted, not all be held at once.
constexpr size_t series_max = 200'000;
constexpr size_t names_max = 100'000;

// Each name that is stored, and how many series have it.
Result<Json> count_names(const StateStore& store, int64_t shown, query::Budget& budget) {
    VIGIE_TRY(const auto names, list_label_values(store, query::metric_name_label, {}, names_max, {}));
    auto rows = Json::array();
    size_t total = 0;
    const auto snapshot = store.snapshot();
    for (const auto& name : names) {
        size_t count = 0;
        Result<void> spent;
        const auto prefix = keys::posting_prefix(query::metric_name_label, name);
        VIGIE_CHECK(snapshot->scan(Family::sidx, prefix, keys::after_prefix(prefix), [&](auto, auto) {
            ++count;
            spent = budget.spend(1);
            return spent.has_value();
        }));
        VIGIE_CHECK(std::move(spent));
        total += count;
        if (std::ssize(rows) < shown) {
            rows.push_back({{"name", name}, {"series", count}});
        }
    }
    const bool is_cut = rows.size() < names.size();
    return Json{{"names", std::move(rows)}, {"names_total", names.size()}, {"series_total", total}, {"is_cut", is_cut}};
}

Result<Json> find_labels(const StateStore& store, const std::string& selector, int64_t shown, query::Budget& budget) {
    auto matchers = query::parse_matchers(selector);
    if (!matchers) {
        return fail(query::to_error(matchers.error(), selector));
    }
    std::vector<std::vector<query::Matcher>> selectors;
    selectors.push_back(std::move(*matchers));
    VIGIE_TRY(const auto found,
              list_series(store, {.selectors = selectors}, {.series_max = series_max, .budget = &budget}));
    auto rows = Json::array();
    std::set<std::string> names;
    for (const auto& labels : found) {
        const auto name = labels.find(std::string(query::metric_name_label));
        names.insert(name == labels.end() ? "" : name->second);
        if (std::ssize(rows) < shown) {
            rows.push_back(labels);
        }
    }
    const bool is_cut = rows.size() < found.size();
    return Json{
        {"series", std::move(rows)}, {"names_total", names.size()}, {"series_total", found.size()}, {"is_cut", is_cut}};
}

Result<int64_t> shown_of(const Request& request) {
    VIGIE_TRY(const auto shown, request.number("limit", shown_default));
    if (shown < 1 || shown > shown_max) {
        return fail(ErrorCode::malformed, "series find: argument 'limit' must be from 1 to {}", shown_max);
    }
    return shown;
}

// ---- top

struct Column {
    const char* field;
    const char* expression;
};
// Of each host one value. Memory file systems and images are full by design; of the others, as df does, what root alone
// may use counts neither as used nor as free.
constexpr Column columns[] = {
    {"cpu_percent", "100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[2m])))"},
    {"cpus", "count by (instance) (node_cpu_seconds_total{mode=\"idle\"})"},
    {"memory_percent", "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)"},
    {"disk_percent",
     "max by (instance) (100 * (1 - node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs|squashfs|iso9660|erofs\"} / "
     "(node_filesystem_size_bytes - node_filesystem_free_bytes + node_filesystem_avail_bytes)))"},
    {"load1", "node_load1"},
};

const std::map<std::string, std::string, std::less<>> sort_fields{{"cpu", "cpu_percent"},
                                                                  {"memory", "memory_percent"},
                                                                  {"disk", "disk_percent"},
                                                                  {"load", "load1"},
                                                                  {"host", "host"}};

// The highest first, hosts without a value last; names from a to z.
bool is_before(const Json& a, const Json& b, const std::string& field) {
    const auto& left = a.at(field);
    const auto& right = b.at(field);
    if (left.is_string()) {
        return left < right;
    }
    return left.is_number() && (!right.is_number() || left.get<double>() > right.get<double>());
}

Result<std::string> sort_field_of(const Request& request) {
    VIGIE_TRY(auto sort, request.text("sort"));
    const auto found = sort_fields.find(sort.empty() ? "cpu" : sort);
    if (found == sort_fields.end()) {
        return fail(ErrorCode::malformed, "top: argument 'sort' must be cpu, memory, disk, load or host");
    }
    return found->second;
}

Result<Json> measure(const StateStore& store, const Clock& clock, WallTime now,
                     const std::vector<std::pair<std::string, std::string>>& hosts, const std::string& sort,
                     const std::atomic<bool>& cancelled) {
    std::map<std::string, Json> rows;
    for (const auto& [host, state] : hosts) {
        auto& row = rows[host] = Json{{"host", host}, {"state", state}};
        for (const auto& column : columns) {
            row[column.field] = nullptr;
        }
    }
    for (const auto& column : columns) {
        const auto expression = query::Expression::parse(column.expression);
        VIGIE_TRY(const auto value,
                  evaluate_stored(store, *expression, {.from = now, .to = now}, {}, {clock, cancelled, time_max}));
        for (const auto& series : value.series) {
            const auto instance = std::find_if(series.labels.begin(), series.labels.end(),
                                               [](const auto& label) { return label.first == "instance"; });
            const auto row = instance == series.labels.end() ? rows.end() : rows.find(instance->second);
            if (row != rows.end()) {
                row->second[column.field] = number_or_null(series.samples.front().value);
            }
        }
    }
    std::vector<Json> list;
    for (auto& [host, row] : rows) {
        list.push_back(std::move(row));
    }
    std::stable_sort(list.begin(), list.end(), [&sort](const Json& a, const Json& b) { return is_before(a, b, sort); });
    return Json(std::move(list));
}

}  // namespace

void answer_on_pool(QueryRunner& runner, const Clock& clock, const LineServer::Reply& reply, PoolWork work) {
    const auto started = runner.start(
        [&clock, reply, work = std::move(work)](const std::atomic<bool>& cancelled) -> std::function<void()> {
            query::Budget budget({.time_max = time_max}, &clock, &cancelled);
            auto answer = work(budget, cancelled);
            if (!answer && answer.error().code == ErrorCode::timed_out) {
                answer.error().code = ErrorCode::too_large;  // a limit of ours: the controller does answer
            }
            return [reply, line = encode_answer(answer)]() mutable { reply(std::move(line)); };
        });
    if (!started) {
        reply(encode_answer(fail(started.error())));
    }
}

void add_series_answers(Desk& desk, const Sources& sources, QueryRunner& runner) {
    desk.answer_encoded("series.find", Role::viewer, {"selector", "limit"},
                        [&sources, &runner](const Request& request, const LineServer::Reply& reply) {
                            const auto selector = request.text("selector");
                            const auto shown = shown_of(request);
                            if (!selector || !shown) {
                                return reply(encode_answer(fail(selector ? shown.error() : selector.error())));
                            }
                            answer_on_pool(runner, sources.clock, reply,
                                           [&store = sources.store, selector = *selector, shown = *shown](
                                               query::Budget& budget, const std::atomic<bool>&) {
                                               return selector.empty() ? count_names(store, shown, budget)
                                                                       : find_labels(store, selector, shown, budget);
                                           });
                        });
    desk.answer_encoded(
        "top", Role::viewer, {"sort"}, [&sources, &runner](const Request& request, const LineServer::Reply& reply) {
            const auto sort = sort_field_of(request);
            if (!sort) {
                return reply(encode_answer(fail(sort.error())));
            }
            std::vector<std::pair<std::string, std::string>> hosts;
            for (const auto* host : sources.watch.fleet().hosts()) {
                if (host->state != HostState::left && !host->is_key_revoked) {
                    hosts.emplace_back(host->id.value, std::string(name_of(host->state)));
                }
            }
            answer_on_pool(runner, sources.clock, reply,
                           [&sources, now = sources.clock.wall(), hosts = std::move(hosts), sort = *sort](
                               query::Budget&, const std::atomic<bool>& cancelled) {
                               return measure(sources.store, sources.clock, now, hosts, sort, cancelled);
                           });
        });
}

}  // namespace vigie::controller
