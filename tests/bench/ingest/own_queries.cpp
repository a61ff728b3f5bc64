// A query as an operator's: parsed, read from one snapshot, evaluated, written as text.
#include "controller/query/literals.hpp"
#include "controller/series/store_source.hpp"
#include "controller/store/rocks_store.hpp"
#include "tests/bench/ingest/fleet_samples.hpp"
#include "tests/bench/ingest/own_store.hpp"

namespace vigie::bench {

namespace {

using namespace controller;

constexpr int warm_rounds = 20;

struct Question {
    std::string name;
    std::string text;
    milliseconds since{0};  // 0: at one time
    milliseconds step{0};
};

const std::vector<Question>& questions() {
    static const std::vector<Question> all{
        {"fleet_average", "avg(avg_over_time(node_bench_load[1h]))"},
        {"each_host_average", "avg_over_time(node_bench_load[1h])"},
        {"fleet_average_61_steps", "avg(node_bench_load)", 60min, 60s},
        {"one_series", "node_bench_load{instance=\"host-00007\"}", 3590s, 10s},
        {"one_host_rate", "rate(node_bench_network_bytes_total{instance=\"host-00007\",device=\"device3\"}[1m])", 3580s,
         10s},
    };
    return all;
}

void write_text(const query::Value& value, std::string& out) {
    for (const auto& series : value.series) {
        for (const auto& [name, label] : series.labels) {
            out += "\"" + name + "\":\"" + label + "\",";
        }
        for (const auto& sample : series.samples) {
            fmt::format_to(std::back_inserter(out), "[{},\"{}\"],", sample.unix_ms / 1000,
                           query::plain_number_text(sample.value));
        }
    }
}

// Gives how many samples the answer has.
Result<size_t> ask(const RocksStore& store, const Question& question, WallTime at) {
    const auto expression = query::Expression::parse(question.text);
    if (!expression) {
        return fail(query::to_error(expression.error(), question.text));
    }
    query::Budget budget({}, nullptr, nullptr);
    const auto from = at - question.since;
    StoreSource source(store, query::needs_of(*expression, from, at, question.step), budget, 100'000);
    VIGIE_TRY(const auto value, question.step.count() > 0
                                    ? query::evaluate_over(*expression, source, from, at, question.step)
                                    : query::evaluate_at(*expression, source, at));
    std::string text;
    write_text(value, text);
    size_t samples = 0;
    for (const auto& series : value.series) {
        samples += series.samples.size();
    }
    return text.empty() ? 0 : samples;
}

}  // namespace

Result<void> ask_store(const std::string& folder, const Load& load) {
    const auto at = wall_from_unix_ms(load.at_ms(load.steps - 1));
    for (const auto& question : questions()) {
        VIGIE_TRY(const auto store, RocksStore::open(folder));
        const auto before = cpu_seconds();
        VIGIE_TRY(const auto samples, ask(*store, question, at));
        const auto cold = cpu_seconds() - before;
        const auto warm_before = cpu_seconds();
        for (int i = 0; i < warm_rounds; ++i) {
            VIGIE_CHECK(ask(*store, question, at));
        }
        fmt::print("{{\"name\": \"{}\", \"cold_ms\": {}, \"warm_ms\": {}, \"samples\": {}}}\n", question.name,
                   cold * 1000, (cpu_seconds() - warm_before) * 1000 / warm_rounds, samples);
    }
    return {};
}

}  // namespace vigie::bench
