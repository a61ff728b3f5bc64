// bench_link: one of the load processes of `./dev bench link`. Takes its options as NAME=VALUE words, since only
// bench.py calls it.
#include <charconv>
#include <cstdio>

#include "shared/os/descriptors.hpp"
#include "tests/bench/link/load.hpp"

namespace {
using namespace vigie;
using namespace vigie::load;

// A session is a DEALER, both ends of its monitor, and the connection.
constexpr size_t sockets_per_agent = 3;
constexpr size_t descriptors_per_agent = 4;
constexpr size_t descriptors_besides = 256;

size_t number_in(std::string_view text) {
    size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

LoadOptions options_from(int argc, char** argv) {
    std::map<std::string, std::string, std::less<>> words;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        words.emplace(word.substr(0, word.find('=')), word.substr(std::min(word.find('=') + 1, word.size())));
    }
    return {.endpoint = words["endpoint"],
            .enrol_endpoint = words["enrol"],
            .controller_key = words["key"],
            .tokens_file = words["tokens"],
            .first = number_in(words["first"]),
            .agents = number_in(words["agents"]),
            .series = number_in(words["series"]),
            .interval = milliseconds(number_in(words["interval_ms"]))};
}

Result<void> run(const LoadOptions& options) {
    const auto wanted = options.agents * descriptors_per_agent + descriptors_besides;
    VIGIE_TRY(const auto given, raise_descriptor_limit(wanted));
    if (given < wanted) {
        return fail(ErrorCode::too_large, "{} agents need {} descriptors, there are {}", options.agents, wanted, given);
    }
    const SystemClock clock;
    SystemRandom random;
    VIGIE_TRY(auto context,
              protocol::Context::open(1, static_cast<int>(options.agents * sockets_per_agent + descriptors_besides)));
    return Load(options, clock, random, context).run();
}
}  // namespace

int main(int argc, char** argv) {
    if (const auto done = run(options_from(argc, argv)); !done) {
        fmt::print(stderr, "bench_link: {}\n", done.error().message);
        return 1;
    }
    return 0;
}
