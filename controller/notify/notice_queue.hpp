// Which notice goes when, and what an answer means. Each target gets its notices in the order they were written, one at
// a time. Pure: time comes in, and chance from an injected Random.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "controller/notify/channel.hpp"
#include "controller/notify/notice.hpp"
#include "shared/os/random.hpp"

namespace vigie::controller::notify {

// What one target may have waiting: some days of a busy desk, and in bytes, since all of it stands in memory. Of more
// the oldest are given up.
constexpr size_t notices_waiting_max = 20'000;
constexpr size_t notices_bytes_max = 64U << 20;
// A receiver that fails by itself (HTTP 5xx but 502 to 504) at each attempt may stumble over this one notice, and the
// others wait behind it. At half a minute an attempt this is eight hours.
constexpr unsigned stumbles_max = 1'000;
// A mail that some of its recipients have is answered so often for the others, and those behind it wait: a quarter of
// an hour, which outlasts greylisting. Attempts at a server that gives no answer do not count.
constexpr unsigned partial_max = 30;

struct NoticeTarget {
    std::string name;      // of the target
    std::string receiver;  // that it belongs to, as notices name it
};

struct NoticeDelivery {
    uint64_t number = 0;  // for the answer
    std::string target;
    Notice notice;
    std::set<std::string> done_with{};  // of a mail: recipients that are to be left out this time (Answer::done_with)
};

struct LostNotice {
    std::string about;
    std::string target;
    std::string reason;
};

// A target began to fail, or takes notices again.
struct TargetTurn {
    std::string target;
    std::string problem;  // "": no more
};

struct FailingTarget {
    std::string name;
    std::string problem;
    size_t waiting = 0;
};

class NoticeQueue {
  public:
    struct Counts {
        size_t waiting = 0;  // by target
        uint64_t delivered = 0;
        uint64_t retried = 0;
        uint64_t given_up = 0;
    };

    NoticeQueue(std::vector<NoticeTarget> targets, Random& random);

    // Rows in the order of their numbers, each once. `told`: targets that have it already.
    void add(uint64_t row, const Notice& notice, const std::set<std::string>& told = {});
    // What is to be sent now; each is in flight until finish().
    std::vector<NoticeDelivery> take_due(MonoTime now);
    // False: the answer is of no flight of this queue.
    bool finish(const Answer& answer, MonoTime now);
    std::optional<MonoTime> next_due() const;
    // Since the last call: rows that nobody waits for any more; targets that have what others still wait for, and those
    // of whom that need no longer be known; what was given up; who began and ceased to fail.
    std::vector<uint64_t> take_done();
    std::vector<ToldNotice> take_told();
    std::vector<ToldNotice> take_forgotten();
    std::vector<LostNotice> take_lost();
    std::vector<TargetTurn> take_turns();
    std::vector<FailingTarget> failing() const;
    Counts counts() const;

  private:
    struct Waiting {
        uint64_t row;
        Notice notice;
    };
    struct Line {
        NoticeTarget target;
        std::deque<Waiting> waiting;
        size_t bytes = 0;                // of what waits
        std::optional<uint64_t> flight;  // of the first one
        unsigned failures = 0;
        unsigned stumbles = 0;              // over the first one
        std::set<std::string> done_with{};  // of the first one
        unsigned partial = 0;               // answers for it since some have it
        std::string problem;                // of the last failure
        MonoTime not_before{};
    };
    struct Row {
        size_t holders = 0;
        std::vector<std::string> told;
    };
    void on_failure(Line& line, const Answer& answer, MonoTime now);
    void drop(Line& line, size_t place);
    void give_up(Line& line, size_t place, std::string reason);
    void release(uint64_t row, const std::string& target);

    Random& random_;
    std::vector<Line> lines_;
    std::map<uint64_t, Row> rows_;
    std::vector<uint64_t> done_;
    std::vector<ToldNotice> told_;
    std::vector<ToldNotice> forgotten_;
    std::vector<LostNotice> lost_;
    std::vector<TargetTurn> turns_;
    uint64_t next_flight_ = 1;
    Counts counts_;
};

}  // namespace vigie::controller::notify
