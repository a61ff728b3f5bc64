// A child process on the loop, in a session and process group of its own, so that ending it ends all that it started.
// Standard input is /dev/null; standard output and error are captured up to a bound; descriptor 3, when asked for, is a
// pipe whose bytes reach the parent as they come. Nothing of the parent's environment is passed on, and none of its
// other descriptors.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/core/units.hpp"
#include "shared/loop/loop.hpp"

namespace vigie {

struct ChildCommand {
    std::vector<std::string> argv;  // argv[0] is the program's path; PATH is not searched
    std::map<std::string, std::string> environment;
    std::string folder;                                 // "" for the parent's
    Bytes stdout_max{64 * 1024};                        // the last so many bytes are kept
    Bytes stderr_max{4 * 1024};                         // likewise
    bool keeps_stdout_head = false;                     // of standard output the first so many instead
    std::function<void(std::string_view)> on_progress;  // bytes of descriptor 3; without it there is no such pipe
    bool ends_with_group = false;                       // at the child's end whoever of its group is left is killed
};

struct ChildExit {
    int exit_code = 0;        // of exit(); 128 + signal when a signal ended it
    int signal = 0;           // 0: it exited
    std::string stdout_tail;  // the head, where that was asked for
    std::string stderr_tail;
    bool is_cut = false;  // more came than was kept
};

// Output that a grandchild still holds open is waited for this long after the child's own end.
constexpr milliseconds child_output_linger = 500ms;

class ChildProcess {
  public:
    // On the loop's thread, as everything here. `on_exit` is called once, later on the loop, unless the object is
    // destroyed before: then the whole group is killed and the end is not told. It may destroy the object.
    // not_found, denied or io when the program can't be started.
    static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, ChildCommand command,
                                                       std::function<void(ChildExit)> on_exit);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    int pid() const;
    // SIGTERM to the group now and SIGKILL after the grace, or at the child's end for whoever of its group is left.
    void end_group(milliseconds grace);

  private:
    struct State;
    explicit ChildProcess(State* state) : state_(state) {}
    State* state_;  // frees itself once libuv has closed its handles
};

}  // namespace vigie
