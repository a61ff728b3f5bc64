// One load process: its agents on one thread, woken by epoll, their times in one heap. bench.py tells it what to do, a
// word a line on standard input, and reads one JSON object a line from standard output.
//   connect            opens all sessions, spread over one interval; each agent samples from then on
//   measure, rest      counts how long acks take, or no longer
//   backlog N          gives each agent N entries, as an outage leaves them
//   hold               no new samples
//   alarm, calm        from each agent's next sample on, vigie_load_alarm is 1, or 0 again
//   report             tells the state: counts, and how long acks took since `measure`
//   cursors            tells of each agent how many entries it made
//   quit               ends
#pragma once
#include <queue>

#include "shared/os/fd.hpp"
#include "tests/bench/link/enroller.hpp"

namespace vigie::load {

struct LoadOptions {
    std::string endpoint;
    std::string enrol_endpoint;
    std::string controller_key;
    std::string tokens_file;  // one a line, used in turns
    size_t first = 0;         // agents load-FIRST … are this process's
    size_t agents = 0;
    size_t series = 100;
    milliseconds interval{10'000};
};

class Load {
  public:
    Load(const LoadOptions& options, const Clock& clock, Random& random, protocol::Context& context);

    // Enrols, says {"enrolled": N}, then does as it is told until `quit` or the end of standard input.
    Result<void> run();

  private:
    enum class Kind : uint8_t { sample, tick, reopen };
    struct Due {
        MonoTime at;
        uint32_t agent = 0;
        Kind kind = Kind::tick;
        bool operator>(const Due& other) const { return at > other.at; }
    };

    Result<void> enrol();
    void make_agents();
    LoadAgent::Watch watch_for(uint32_t agent);
    void wait(milliseconds at_most);
    void wake(uint32_t agent);
    void do_what_is_due();
    void carry_out(const Due& due);
    void note_reopen(uint32_t agent);
    void read_commands();
    void obey(std::string_view line);
    void connect();
    void report();
    void tell_cursors() const;

    const LoadOptions options_;
    const Clock& clock_;
    Random& random_;
    World world_;
    Fd epoll_;
    std::vector<EnrolWish> wishes_;
    std::unique_ptr<Enroller> enroller_;
    std::deque<LoadAgent> agents_;
    std::vector<bool> is_reopen_noted_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::string input_;
    bool is_holding_ = false;
    bool is_over_ = false;
};

}  // namespace vigie::load
