// The verb `command`: a program of the host's own configuration.
#pragma once
#include <string>
#include <vector>

namespace vigie::agent {

// Of a program that could not be started; the reason stands on standard error.
constexpr int exit_not_run = 126;
constexpr int exit_not_found = 127;

// argv may begin with "--"; its first word is searched in PATH. Run by hand, this process becomes the program and the
// call returns only when it can't be started. For the daemon this process stays and watches over it: should the daemon
// be killed, the whole process group is ended, so that no run goes on that nobody knows of. Gives the exit status; a
// signal that ended the program ends this process too.
int run_command(std::vector<std::string> argv, bool is_for_daemon);

}  // namespace vigie::agent
