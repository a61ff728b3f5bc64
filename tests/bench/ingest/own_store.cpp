// As the controller does it: ingest on one thread with a commit for each group, sealing once buckets are over.
#include "tests/bench/ingest/own_store.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>

#include "controller/ingest/ingest.hpp"
#include "controller/sealing/sealer.hpp"
#include "controller/store/committer.hpp"
#include "controller/store/rocks_store.hpp"
#include "protocol/codec/codec.hpp"
#include "tests/bench/ingest/fleet_samples.hpp"

namespace vigie::bench {

namespace {

using namespace controller;
namespace fs = std::filesystem;

double seconds_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// VmHWM.
double peak_rss_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmHWM:") {
            double kib = 0;
            status >> kib;
            return kib / 1024;
        }
    }
    return 0;
}

uint64_t bytes_below(const std::string& folder) {
    uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().filename() != "ballast") {
            bytes += entry.file_size();
        }
    }
    return bytes;
}

struct NothingElse final : EntrySink {
    Result<void> on_run_report(const AgentId&, const protocol::RunReport&, StoreBatch&) override { return {}; }
    Result<void> on_event(const Event& event, StoreBatch&) override {
        return fail(ErrorCode::malformed, "{}", event.message);
    }
    Result<void> on_log_errors(const AgentId&, const protocol::LogErrors&, WallTime, StoreBatch&) override {
        return {};
    }
};

std::string schema() {
    std::string lines;
    for (const auto& kind : kinds()) {
        lines += fmt::format("{}{{{}=\"{}\"}}\n", kind.metric, kind.label, kind.value);
    }
    return lines;
}

class Filling {
  public:
    Filling(RocksStore& store, Ingest& ingest, uint64_t hosts) : store_(store), ingest_(ingest), commits_(store) {
        for (uint64_t i = 0; i < hosts; ++i) {
            hosts_.push_back({AgentId{host_name(i)}, HostSamples(i)});
        }
    }

    Result<void> step(uint64_t number, int64_t at_ms) {
        for (auto& [agent, samples] : hosts_) {
            const auto began = seconds_of(CLOCK_THREAD_CPUTIME_ID);
            auto bytes = protocol::encode_entry(protocol::SampleBatch{at_ms, schema_, samples.next()});
            making_seconds_ += seconds_of(CLOCK_THREAD_CPUTIME_ID) - began;
            commits_.submit(
                [this, &agent = agent, number, at_ms, bytes = std::move(bytes)](StoreBatch& batch) {
                    note(ingest_.apply(
                        {agent, protocol::Stream::metrics, 1, number + 1, bytes, wall_from_unix_ms(at_ms)}, batch));
                },
                [this](const Result<void>& stored) { ingest_.on_committed(stored); });
        }
        commits_.run_pending();
        const auto failed = std::exchange(failure_, {});
        return failed ? Result<void>(fail(*failed)) : Result<void>();
    }

    Result<void> seal(WallTime now) {
        for (;;) {
            VIGIE_TRY(auto piece, sealer_.next(*store_.snapshot(), now));
            if (!piece) {
                return {};
            }
            commits_.submit([&piece](StoreBatch& batch) { batch.append(std::move(piece->batch)); }, {});
            commits_.run_pending();
        }
    }
    double making_seconds() const { return making_seconds_; }

  private:
    struct Host {
        AgentId agent;
        HostSamples samples;
    };
    void note(const Result<Outcome>& outcome) {
        if (!outcome) {
            failure_ = outcome.error();
        } else if (outcome->kind != Outcome::Kind::applied) {
            failure_ = Error{ErrorCode::malformed, "an entry was not applied"};
        }
    }

    RocksStore& store_;
    Ingest& ingest_;
    DirectCommitter commits_;
    Sealer sealer_;
    std::vector<Host> hosts_;
    const std::string schema_ = schema();
    double making_seconds_ = 0;
    std::optional<Error> failure_;
};

// Of the process.
double cpu_seconds() {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace

Result<void> fill_store(const std::string& folder, const Load& load) {
    VIGIE_TRY(const auto store, RocksStore::open(folder));
    NothingElse sink;
    VIGIE_TRY(const auto ingest, Ingest::open(*store, sink, {}, [](const LabelSet&) { return SeriesInterest{}; }));
    Filling filling(*store, *ingest, load.hosts);
    const auto began = cpu_seconds();
    const uint64_t steps_a_minute = 60'000 / interval_ms;
    WallTime now;
    for (uint64_t i = 0; i < load.steps; ++i) {
        now = wall_from_unix_ms(load.at_ms(i));
        VIGIE_CHECK(filling.step(i, load.at_ms(i)));
        if (i % steps_a_minute == 0) {
            VIGIE_CHECK(filling.seal(now));
        }
    }
    VIGIE_CHECK(filling.seal(now + 1h));
    VIGIE_CHECK(store->merge_files());
    const auto cpu = cpu_seconds() - began - filling.making_seconds();
    fmt::print("{{\"cpu_s\": {}, \"bytes\": {}, \"rss_mib\": {}}}\n", cpu, bytes_below(folder), peak_rss_mib());
    return {};
}

}  // namespace vigie::bench
