// Alertmanager's groups on a simulated clock. A restart keeps what a store would: rows that are owed, what was told,
// and which alerts are open.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/notify/delivery_queue.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller::notify {

using alerts::Notification;

// A Friday, 12:00 UTC.
inline const WallTime epoch = parse_rfc3339("2026-11-27T12:00:00Z").value();

struct Post {
    milliseconds at;  // since the beginning
    Message message;
    std::string key;
    int status = 0;

    // "A1 -A2": firing and over, by instance.
    std::string text() const {
        std::string all;
        for (const auto& one : message.alerts) {
            all += fmt::format("{}{}{}", all.empty() ? "" : " ", one.is_resolved ? "-" : "", one.alert_id);
        }
        return all;
    }
};

struct World {
    tests::SeededRandom random{7};
    routing::Routing routing;
    std::vector<Target> targets;
    std::unique_ptr<DeliveryQueue> queue;
    MonoTime mono{std::chrono::hours{1}};
    const MonoTime began = mono;
    std::vector<routing::Silence> silences;
    maintenance::Maintenance maintenance;
    // The store's.
    std::map<uint64_t, Notification> rows;
    std::map<ToldKey, Told> told;
    std::map<std::string, Notification> open;
    uint64_t number = 0;
    WallTime forgotten_before = epoch - 1h;

    std::vector<Post> posts;
    std::function<int(milliseconds)> hook = [](milliseconds) { return 200; };

    explicit World(std::string_view route, std::string_view rest = "", Target target = {"team/0"}) {
        const auto text = fmt::format("route: {}\nreceivers: [{{name: team}}]\n{}\n", route, rest);
        routing = routing::parse_routing_file(text, "a.yml").value();
        target.receiver = "team";
        target.is_of_file = true;
        targets = {target};
        restart();
    }

    milliseconds elapsed() const { return std::chrono::duration_cast<milliseconds>(mono - began); }
    Now now() const { return {mono, epoch + elapsed()}; }

    void restart() {
        queue = std::make_unique<DeliveryQueue>(targets, random, &routing);
        for (const auto& [key, one] : told) {
            queue->recall(key, one);
        }
        for (const auto& [id, one] : open) {
            queue->seed(one, false, now());
        }
        for (const auto& [key, one] : rows) {
            queue->add(key, one, now());
        }
        queue->begin(forgotten_before);
        set_silences();
        queue->set_maintenance({maintenance, {}}, now());
    }
    void set_silences() {
        std::vector<routing::Silence> copies;
        for (const auto& one : silences) {
            copies.push_back(routing::decode_silence(routing::encode(one)).value());
        }
        queue->set_silences(std::move(copies), now());
    }
    void silence(std::string_view matchers, milliseconds span) {
        routing::Silence one;
        one.matchers = routing::parse_matchers(matchers).value();
        one.starts_at = now().wall;
        one.ends_at = one.starts_at + span;
        silences.push_back(std::move(one));
        set_silences();
    }

    // As from a start with this configuration.
    void maintain(std::string_view windows) {
        maintenance = maintenance::parse_maintenance(windows).value();
        restart();
    }

    void fire(const std::string& id, alerts::Labels labels = {}) {
        Notification one;
        one.alert_id = id;
        one.labels = std::move(labels);
        one.labels.try_emplace("alertname", id.substr(0, 1));
        one.labels["instance"] = id;
        one.starts_at = now().wall;
        open[id] = one;
        owe(one);
    }
    void end(const std::string& id) {
        auto one = open.at(id);
        one.is_resolved = true;
        one.ends_at = now().wall;
        open.erase(id);
        owe(one);
    }
    void owe(const Notification& one) {
        rows[++number] = one;
        queue->add(number, one, now());
    }
    void settle() {
        auto settled = queue->take_settled();
        for (const auto row : settled.done) {
            BOOST_TEST(rows.erase(row) == 1U);
        }
        for (const auto& key : settled.told) {
            const auto* one = queue->told_of(key);
            one == nullptr ? void(told.erase(key)) : void(told.insert_or_assign(key, *one));
        }
    }
    void run_for(milliseconds span) {
        const auto end = mono + nanoseconds(span);
        while (true) {
            for (auto& delivery : queue->take_due(now())) {
                const auto status = hook(elapsed());
                posts.push_back({elapsed(), delivery.message, delivery.idempotency_key, status});
                queue->finish({delivery.number, status, {}, "refused"}, now());
            }
            settle();
            const auto next = queue->next_due();
            if (!next || *next > end) {
                break;
            }
            mono = std::max(*next, mono);
        }
        mono = end;
    }
    // What was taken, as "30s A1 A2".
    std::vector<std::string> taken() const {
        std::vector<std::string> all;
        for (const auto& post : posts) {
            if (post.status == 200) {
                all.push_back(format_duration(post.at) + " " + post.text());
            }
        }
        return all;
    }
};
using Texts = std::vector<std::string>;
#define SAME(a, ...) BOOST_TEST((a) == (Texts{__VA_ARGS__}), boost::test_tools::per_element())

constexpr auto by_name =
    "{receiver: team, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}";

}  // namespace vigie::controller::notify
