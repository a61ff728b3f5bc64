// What a seed decides: when things happen, which faults there are, how long a process lives. One thread, virtual time.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "shared/os/clock.hpp"
#include "tests/support/seeded_random.hpp"

namespace vigie::simulation {

using Task = std::function<void()>;

// Which faults there are in a seed's world. Each seed draws its own, so that some worlds have one kind only and others
// have all of them. Chances are in percent; those of processes are for each second. All faults end at calm_at.
struct FaultPlan {
    uint64_t hosts = 1;
    // the network, for each message
    uint64_t loss = 0;
    uint64_t repetition = 0;
    milliseconds delay_max{2};
    bool is_ordered = true;   // messages of a connection don't overtake each other
    uint64_t partition = 0;   // of a host, for some seconds; one way or both
    uint64_t disconnect = 0;  // of a host's connection
    // processes
    uint64_t agent_kill = 0;
    uint64_t power_cut = 0;  // of a host
    uint64_t controller_kill = 0;
    // the rest
    uint64_t clock_jump = 0;       // of any host or the controller, up to an hour either way
    uint64_t disk_full = 0;        // of the controller, for some seconds
    uint64_t disk_stall = 0;       // of a commit, for some seconds
    uint64_t full_socket = 0;      // of a reading of the outbox
    uint64_t channel_failure = 0;  // of a page's post
    bool has_small_queues = false;
    // Two of these together would lose what no design keeps: what ran, and that it ran.
    bool may_restore = false;      // the controller, from an older checkpoint
    bool may_lose_outbox = false;  // of a host
    bool may_set_back = false;     // a host's disk, to an older copy of itself
};
FaultPlan faults_of(uint64_t seed);
std::string to_text(const FaultPlan& faults);

class World {
  public:
    explicit World(uint64_t seed);

    static constexpr milliseconds calm_at{36'000};
    static constexpr milliseconds end_at{150'000};

    const FaultPlan faults;
    tests::SeededRandom random;

    MonoTime now() const { return now_; }
    milliseconds passed() const { return std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()); }
    bool is_faulty() const { return passed() < calm_at; }
    uint64_t below(uint64_t bound) { return random.next() % bound; }
    // False in calm times, whatever the percentage.
    bool has_fault(uint64_t percent) { return percent > 0 && is_faulty() && below(100) < percent; }
    void after(milliseconds delay, Task task) { events_.emplace(now_ + delay, std::move(task)); }
    // One event; false when there is none or the time is over.
    bool step();
    uint64_t steps() const { return steps_; }

    // The first thing found stands.
    void found(std::string problem);
    const std::string& problem() const { return problem_; }
    // All that is seen of the world goes in here, so that two runs of a seed can be compared.
    void note(std::string_view what);
    uint64_t trace() const { return trace_; }

  private:
    MonoTime now_{};
    std::multimap<MonoTime, Task> events_;
    std::string problem_;
    uint64_t steps_ = 0;
    uint64_t trace_ = 14695981039346656037U;
};

// A host's clocks. The wall clock can be moved; both begin at a time of the host's own.
class SimulatedClock final : public Clock {
  public:
    SimulatedClock(const World& world, milliseconds up_for, milliseconds ahead)
        : world_(world), up_for_(up_for), ahead_(ahead) {}
    MonoTime mono() const override { return world_.now() + up_for_; }
    // 2027-01-15T08:00:00Z when the world begins.
    WallTime wall() const override { return wall_from_unix_ms(1'800'000'000'000) + world_.passed() + ahead_; }
    void jump(milliseconds by) { ahead_ += by; }
    void set_right() { ahead_ = milliseconds{0}; }

  private:
    const World& world_;
    const milliseconds up_for_;
    milliseconds ahead_;
};

// One process's life. It ends at an effect on the outside (a write, a sync, a message, a spawn) that was chosen before;
// that one and all later ones do not happen. Whoever owns the process then destroys it.
class Life {
  public:
    bool act() { return !is_dead_ && (effects_left_ == 0 || --effects_left_ > 0 || end()); }
    bool is_dead() const { return is_dead_; }
    void end_at_effect(uint64_t number) { effects_left_ = number; }
    bool end() { return !(is_dead_ = true); }

  private:
    uint64_t effects_left_ = 0;  // 0: for ever
    bool is_dead_ = false;
};

}  // namespace vigie::simulation
