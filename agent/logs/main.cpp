// vigie-logrotate: rotation for whoever calls logrotate.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "agent/logs/logrotate_cli.hpp"

int main(int argc, char** argv) {
    // Callers that closed standard streams must not find a log or a lock in their place.
    while (true) {
        const int number = open("/dev/null", O_RDWR);
        if (number < 0 || number > STDERR_FILENO) {
            close(number);
            break;
        }
    }
    signal(SIGPIPE, SIG_IGN);  // a write to a mailer that has gone is an error, not an end
    return vigie::agent::logs::logrotate_main(std::vector<std::string>(argv + 1, argv + argc));
}
