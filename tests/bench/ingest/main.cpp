// bench_ingest: the C++ part of `./dev bench ingest` and `./dev bench query`, called by their bench.py only:
//   bench_ingest fill FOLDER HOSTS STEPS FIRST_UNIX_MS
//   bench_ingest remote-write PORT PATH HOSTS STEPS FIRST_UNIX_MS
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/ingest/own_store.hpp"
#include "tests/bench/ingest/remote_write.hpp"

namespace {

using namespace vigie;

template <typename Number = uint64_t>
Number number_in(std::string_view text) {
    Number number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// The last three words.
bench::Load load_in(const std::vector<std::string>& words) {
    return {.hosts = number_in(words[words.size() - 3]),
            .steps = number_in(words[words.size() - 2]),
            .first_ms = number_in<int64_t>(words.back())};
}

Result<void> run(const std::vector<std::string>& words) {
    if (words.size() == 5 && words[0] == "fill") {
        return bench::fill_store(words[1], load_in(words));
    }
    if (words.size() == 6 && words[0] == "remote-write") {
        return bench::write_remote(number_in<uint16_t>(words[1]), words[2], load_in(words));
    }
    return fail(ErrorCode::malformed, "see main.cpp for its words");
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto done = run({argv + 1, argv + argc}); !done) {
        fmt::print(stderr, "bench_ingest: {}\n", done.error().message);
        return 1;
    }
    return 0;
}
