// When an agent pages because its controller is silent, and when it takes that back. Pure: time comes in. Silence is
// counted on the monotonic clock, from the controller's last PONG or from the agent's start.
//
// A deputy of place n pages once the silence has lasted for `after` and n - 1 times `stagger`; who is none never does.
// One that stood still itself listens first.
// What was told, or may have been, is kept over restarts (state()): it is not told again, and taken back when the
// controller is heard.
#pragma once
#include <optional>
#include <string>

#include "shared/core/time.hpp"

namespace vigie::agent {

struct DeadmanOptions {
    std::string url_file;  // its first line is where to POST; "": this agent never pages
    std::string ca_file;   // PEM; "": the system's
    milliseconds after{10min};
    milliseconds stagger{5min};
    milliseconds timeout{10s};  // of one exchange
    bool is_wanted() const { return !url_file.empty(); }
    bool operator==(const DeadmanOptions&) const = default;
};

struct DeadmanState {
    uint8_t deputy = 0;       // its place, 0 when it is none
    uint64_t watch = 0;       // what all deputies of now were told
    bool is_open = false;     // the silence may have been told, and is not taken back
    bool is_told = false;     // it was
    uint64_t told_watch = 0;  // names the silence that is open
    WallTime silent_since{};  // likewise
    bool operator==(const DeadmanState&) const = default;
};

struct DeadmanPage {
    bool is_resolved = false;
    uint64_t watch = 0;
    WallTime silent_since{};
    unsigned attempts_before = 0;  // that failed
};

enum class Posted : uint8_t {
    taken,
    failed,   // nobody has it
    unknown,  // it went out, and nothing came back
};

class Deadman {
  public:
    Deadman(const DeadmanOptions& options, const DeadmanState& kept, MonoTime now, WallTime wall);

    // A PONG.
    void heard(uint8_t deputy, uint64_t watch, MonoTime now, WallTime wall);
    // What is to be posted now, to be asked when next_due() is there; it is under way until posted(). The state is to
    // be stored before it goes out: whoever ends meanwhile may have told it.
    std::optional<DeadmanPage> take_due(MonoTime now);
    void posted(Posted outcome, MonoTime now);
    // When take_due() is to be asked, if nothing else happens before: at page_due(), and on the way there now and then,
    // so that it sees whether the agent runs.
    std::optional<MonoTime> next_due() const;
    // When there is something to be posted.
    std::optional<MonoTime> page_due() const;
    const DeadmanState& state() const { return state_; }  // to be stored when it changes

  private:
    bool is_taken_back() const { return state_.is_open && is_back_; }
    void look(MonoTime now);

    milliseconds after_;
    milliseconds stagger_;
    milliseconds look_every_;
    DeadmanState state_;
    MonoTime heard_at_;
    WallTime heard_at_wall_;
    MonoTime listens_until_{};
    MonoTime awake_at_;     // when it last saw that it runs
    bool is_back_ = false;  // heard since the silence that is open, or that is being told
    std::optional<DeadmanPage> under_way_;
    bool was_open_ = false;  // before it
    unsigned failures_ = 0;
    MonoTime not_before_{};
};

}  // namespace vigie::agent
