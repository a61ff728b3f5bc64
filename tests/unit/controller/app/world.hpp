// The controller without sockets, threads or disk: its records, watch and answers over a store in memory.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/app/answers_keys.hpp"
#include "controller/app/answers_oncall.hpp"
#include "controller/app/answers_series.hpp"
#include "controller/app/query_runner.hpp"
#include "controller/app/rule_thread.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/app/witness.hpp"
#include "controller/rules/rule_file.hpp"
#include "controller/series/store_source.hpp"
#include "controller/store/memory_store.hpp"
#include "protocol/codec/codec.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::controller {

constexpr std::string_view load_rule =
    "groups:\n- name: load\n  rules:\n  - alert: LoadHigh\n    expr: node_load1 > 4\n"
    "    annotations: {summary: 'load is {{ $value }}'}\n";

struct World : AfterCommit, JobSender, KeyEffects {
    tests::ManualClock clock;
    tests::SeededRandom random{7};
    MemoryStore memory;
    const StateStore& reads;
    DirectCommitter commits{memory};
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<Records> records;
    std::unique_ptr<Watch> watch;
    std::unique_ptr<RuleGroups> groups;
    std::unique_ptr<SamplePath> path;
    std::unique_ptr<Sources> sources;
    tests::TempFolder folder;  // of the controller's key
    SystemFiles files;
    KeySources key_sources{files, folder.path(), *this};
    Witness witness{memory, commits, clock, [this](Task task) { loop->post(std::move(task)); }};
    Desk desk{RoleBook::open("").value(), witness};
    QueryRunner queries{*loop, memory, clock};
    notify::NotifierStatus notified;
    notify::NoticeTroubles notice_troubles;
    routing::Routing routes_of_all;
    std::unique_ptr<RoutingSources> routing_of_all;  // what alerts, and who has them in hand, are shown by
    std::string folder_problem;
    protocol::ZapThread::Counts handshakes;

    std::vector<protocol::JobStart> starts;
    std::vector<protocol::JobCancel> cancels;
    std::vector<uint64_t> acknowledged;
    std::vector<std::string> effects;       // of changes of keys, such as "revoked web-1"
    std::vector<std::string> revoked_keys;  // with the last effect
    Result<void> own_keys_used;             // what use_own_keys() answers
    size_t failed = 0;
    size_t wakes = 0;

    // `through`: what the records read instead of the memory. `receiver`: "" for whom the routes say.
    explicit World(const StateStore* through = nullptr, std::string_view rules = load_rule,
                   std::string_view oncall = "", const std::string& receiver = "oncall",
                   const maintenance::Maintenance& maintenance = maintenance::no_maintenance,
                   std::vector<JobPlan> plans = {})
        : reads(through != nullptr ? *through : memory) {
        RecordsOptions options;
        options.rules = rules::RuleSet(rules::parse_rule_file(rules, "load.yaml").value());
        options.receivers = {receiver};
        options.oncall = oncall::parse_oncall(oncall, "oncall.yaml").value();
        options.maintenance = &maintenance;
        options.plans = std::move(plans);
        records = Records::open(reads, clock, random, std::move(options)).value();
        groups = std::make_unique<RuleGroups>(records->rules(), reads, clock);
        BOOST_REQUIRE(groups->load());
        records->on_own_series_changed([this](WallTime at) { groups->own_series_changed(at); });
        watch = std::make_unique<Watch>(*loop, Fleet(10s, clock.mono()), *records, commits, *this, clock);
        path = std::make_unique<SamplePath>(*records, commits, *this);
        sources = std::make_unique<Sources>(Sources{.loop = *loop,
                                                    .clock = clock,
                                                    .random = random,
                                                    .store = memory,
                                                    .commits = commits,
                                                    .records = *records,
                                                    .watch = *watch,
                                                    .after = *this,
                                                    .notifier_status = [this] { return notified; },
                                                    .is_store_full = [] { return false; },
                                                    .state_folder_problem = [this] { return folder_problem; },
                                                    .handshakes = [this] { return handshakes; },
                                                    .recovery_notes = {},
                                                    .plans = {},
                                                    .schedules = {},
                                                    .endpoint = "tcp://127.0.0.1:7411",
                                                    .enrol_endpoint = "tcp://127.0.0.1:7412",
                                                    .operators_endpoint = {},
                                                    .http_endpoint = {},
                                                    .operators_cut = [] { return uint64_t{3}; },
                                                    .public_key = "key",
                                                    .started_at = clock.wall(),
                                                    .notice_troubles = [this] { return notice_troubles; }});
        routing_of_all = std::make_unique<RoutingSources>(
            RoutingSources{.routing = routes_of_all, .webhooks = {}, .maintenance = maintenance});
        add_status_answers(desk, *sources, queries);
        add_host_answers(desk, *sources);
        add_alert_answers(desk, *sources, *routing_of_all, queries);
        add_oncall_answers(desk, *sources, *routing_of_all, queries);
        add_job_answers(desk, *sources);
        add_run_answers(desk, *sources);
        add_audit_answers(desk, *sources);
        add_token_answers(desk, *sources);
        add_key_answers(desk, *sources, key_sources);
        add_controller_key_answers(desk, *sources, key_sources);
        add_query_answers(desk, queries, clock);
        add_rule_answers(desk, *sources);
        add_series_answers(desk, *sources, queries);
    }

    // Until nothing is queued anywhere. A commit that fails is not tried again by itself, so this ends.
    void settle() {
        do {
            commits.run_pending();
            loop->stop();  // behind what is posted already
            loop->run();
        } while (commits.queued() > 0);
    }
    void connect(const AgentId& host, protocol::Labels labels = {}, std::vector<std::string> jobs = {"etc"}) {
        watch->enrolled(host);
        HelloFacts facts;
        facts.labels = std::move(labels);
        facts.jobs = std::move(jobs);
        watch->connected(host, facts);
        settle();
    }
    void tick_after(seconds time) {
        clock.advance(time);
        watch->tick();
        settle();
    }
    void report(const AgentId& host, uint64_t seq, const std::string& schema, std::vector<double> values) {
        const auto entry = protocol::encode_entry(protocol::SampleBatch{
            .sampled_at_unix_ms = unix_ms(clock.wall()), .schema = schema, .values = std::move(values)});
        BOOST_REQUIRE(path->offer(host, protocol::Stream::metrics, 1, seq, entry));
        settle();
    }
    // All groups of rules that are due now; gives how many.
    size_t evaluate_rules() {
        size_t evaluated = 0;
        for (auto due = groups->take_due(); due; due = groups->take_due(), ++evaluated) {
            submit_outcome(std::make_shared<const rules::GroupOutcome>(groups->evaluate(*due)), *groups, *records,
                           commits, *this);
            settle();
        }
        return evaluated;
    }
    // "{labels} value" of each series, at this moment.
    std::vector<std::string> query(const std::string& text) const {
        const auto expression = query::Expression::parse(text).value();
        query::Budget budget({}, nullptr, nullptr);
        StoreSource source(memory, query::needs_of(expression, clock.wall(), clock.wall(), 0ms), budget, 100);
        std::vector<std::string> found;
        const auto value = query::evaluate_at(expression, source, clock.wall()).value();
        for (const auto& series : value.series) {
            LabelSet labels(series.labels.begin(), series.labels.end());
            found.push_back(fmt::format("{} {}", format_series(labels), series.samples.front().value));
        }
        return found;
    }
    Result<Json> ask(std::string_view verb, const Json& arguments = Json::object(), unsigned uid = 0) {
        std::string answer;
        desk.take(PeerCredentials{.pid = 1, .uid = uid, .gid = uid},
                  Json{{"verb", verb}, {"arguments", arguments}}.dump(), [this, &answer](std::string line) {
                      answer = std::move(line);
                      loop->stop();
                  });
        settle();
        while (answer.empty()) {  // the pool is at it
            loop->run();
        }
        return decode_answer(answer);
    }
    size_t rows(Family family, std::string_view prefix = "") const {
        size_t count = 0;
        BOOST_REQUIRE(memory.scan(family, prefix, "", [&count](auto, auto) { return ++count > 0; }));
        return count;
    }

    void key_revoked(const Revocation& revoked) override {
        effects.push_back("revoked " + revoked.record.agent.value);
        revoked_keys = revoked.keys;
        watch->key_revoked(revoked.record.agent);
    }
    void host_removed(const Revocation& revoked) override {
        effects.push_back("removed " + revoked.record.agent.value);
        revoked_keys = revoked.keys;
        watch->host_removed(revoked.record.agent);
    }
    void rotation_asked(const AgentId& agent) override { effects.push_back("asked " + agent.value); }
    void next_key_made(const std::string& public_key) override { effects.push_back("next " + public_key); }
    void use_own_keys(const protocol::KeyPair& keys, std::function<void(const Result<void>&)> then) override {
        sources->public_key = keys.public_key;
        effects.push_back("own " + keys.public_key);
        then(own_keys_used);
    }
    void durable(const AgentId&, protocol::Stream, uint64_t, uint64_t seq) override { acknowledged.push_back(seq); }
    void apply_failed(const AgentId&, protocol::Stream, uint64_t) override { ++failed; }
    void samples_stored(std::span<const uint32_t> read_by, WallTime sampled_at) override {
        groups->arrived(read_by, sampled_at);
    }
    void wake_notifier() override { ++wakes; }
    JobSender& job_sender() override { return *this; }
    void start(const AgentId&, const protocol::JobStart& message, std::optional<uint64_t>) override {
        starts.push_back(message);
    }
    void cancel(const AgentId&, const protocol::JobCancel& message) override { cancels.push_back(message); }
};

const Error disk_full{ErrorCode::no_space, "store: disk full"};

}  // namespace vigie::controller
