// Our OpenMetrics parser for the judge: of each file named on the command line "= good" or "= bad, and why", and of a
// good one its samples, as key, value and time with tabs between.
#include <fmt/format.h>

#include "agent/series/openmetrics.hpp"
#include "shared/os/files.hpp"

int main(int argc, char** argv) {
    using namespace vigie;
    SystemFiles files;
    for (int i = 1; i < argc; ++i) {
        const auto text = files.read(argv[i], 4_MiB);
        if (!text) {
            fmt::print(stderr, "{}\n", text.error().message);
            return 1;
        }
        std::string samples;
        const auto read = agent::parse_openmetrics(*text, [&](const agent::ParsedSample& sample) {
            agent::append_key(samples, sample.name, sample.labels);
            samples += fmt::format("\t{}\t{}\n", sample.value, sample.time ? fmt::format("{}", *sample.time) : "-");
        });
        fmt::print("= {}\n{}", read ? "good" : "bad, " + read.error().message, read ? samples : "");
    }
    return 0;
}
