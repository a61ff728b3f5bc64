// logrotate's command line, for crontabs, timers and scripts that call it: `vigie-logrotate`. The report of
// `vigie-agent logs rotate` is another (cli).
#pragma once
#include <string>
#include <vector>

namespace vigie::agent::logs {

// args: without the program's name. Exit status as logrotate's: 0 well, 1 something failed or no file was named, 2
// wrong option, 3 another run holds the state file's lock. Messages go to standard error.
int logrotate_main(const std::vector<std::string>& args);

}  // namespace vigie::agent::logs
