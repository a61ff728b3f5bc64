// Stands in for libFuzzer where the compiler has none: runs each file of a corpus, then seeded mutations of them for
// some seconds of CPU. Not guided by coverage: it keeps the corpus true and finds what is shallow; the fuzz preset digs
// deeper.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// Of the sanitizers' runtime; absent in a build without them.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

// Inputs stay short, as a parser's states do; a megabyte would only slow the search.
constexpr size_t input_bytes_max = 64 * 1024;
constexpr int mutations_at_once_max = 6;
constexpr double seconds_default = 2;

std::string current;  // the input that runs now, for the report of a crash
std::string crash_path;

void save_current() {
    if (FILE* file = std::fopen(crash_path.c_str(), "wb")) {
        std::fwrite(current.data(), 1, current.size(), file);
        std::fclose(file);
        std::fprintf(stderr, "the input is in %s\n", crash_path.c_str());
    }
}

void on_abort(int) {
    save_current();
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

void run(std::string input) {
    current = std::move(input);
    // A copy of exactly its size on the heap, so that ASan sees a read past its end.
    const std::vector<uint8_t> exact(current.begin(), current.end());
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Nothing when there is nothing at the path: an empty input in its stead would pass everywhere.
std::vector<std::string> read_corpus(const std::filesystem::path& path) {
    if (std::filesystem::is_regular_file(path)) {
        return {read_file(path)};
    }
    if (!std::filesystem::is_directory(path)) {
        return {};
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());  // so that a seed means the same everywhere
    std::vector<std::string> inputs;
    for (const auto& file : files) {
        inputs.push_back(read_file(file));
    }
    return inputs;
}

class Mutator {
  public:
    Mutator(uint64_t seed, const std::vector<std::string>& corpus) : random_(seed), corpus_(corpus) {}

    std::string next() {
        std::string input = pick();
        for (size_t count = 1 + below(mutations_at_once_max); count > 0; --count) {
            mutate(input);
        }
        input.resize(std::min(input.size(), input_bytes_max));
        return input;
    }

  private:
    size_t below(size_t end) { return end == 0 ? 0 : random_() % end; }
    const std::string& pick() { return corpus_[below(corpus_.size())]; }

    // Values at which lengths and numbers go wrong.
    char telling_byte() {
        static constexpr unsigned char bytes[] = {0x00, 0x01, 0x0a, 0x20, 0x22, 0x7f,
                                                  0x80, 0xff, 0xc1, 0xdc, 0xdd, 0xdf};
        return static_cast<char>(bytes[below(sizeof bytes)]);
    }

    void mutate(std::string& input) {
        const size_t at = below(input.size() + 1);
        const size_t length = 1 + below(std::min<size_t>(input.size() - at, 16));
        switch (below(8)) {
            case 0:
                return flip(input);
            case 1:
                return set(input, telling_byte());
            case 2:
                return set(input, static_cast<char>(below(256)));
            case 3:
                input.insert(at, 1 + below(4), telling_byte());
                return;
            case 4:
                input.erase(at, length);
                return;
            case 5:
                input.resize(at);
                return;
            case 6:
                input.insert(at, input.substr(at, length));
                return;
            default:
                splice(input, at);
        }
    }
    void flip(std::string& input) {
        if (!input.empty()) {
            char& byte = input[below(input.size())];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << below(8)));
        }
    }
    void set(std::string& input, char value) {
        if (!input.empty()) {
            input[below(input.size())] = value;
        }
    }
    void splice(std::string& input, size_t at) {
        const std::string& other = pick();
        input = input.substr(0, at) + other.substr(below(other.size() + 1));
    }

    std::mt19937_64 random_;
    const std::vector<std::string>& corpus_;
};

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s CORPUS_OR_FILE [SECONDS]\n", argv[0]);
        return 2;
    }
    crash_path = "crash-" + std::filesystem::path(argv[0]).filename().string();
    std::signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback != nullptr) {
        __sanitizer_set_death_callback(save_current);
    }
    const auto corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::fprintf(stderr, "%s: no inputs\n", argv[1]);
        return 1;
    }
    for (const auto& input : corpus) {
        run(input);
    }
    const char* seed_text = std::getenv("VIGIE_SEED");
    const uint64_t seed = seed_text == nullptr ? 1 : std::strtoull(seed_text, nullptr, 10);
    const bool is_folder = std::filesystem::is_directory(argv[1]);
    const double end = cpu_seconds() + (argc > 2 ? std::atof(argv[2]) : is_folder ? seconds_default : 0);
    Mutator mutator(seed, corpus);
    uint64_t runs = 0;
    while (cpu_seconds() < end) {
        run(mutator.next());
        ++runs;
    }
    std::printf("%zu inputs, %llu mutations with seed %llu\n", corpus.size(), static_cast<unsigned long long>(runs),
                static_cast<unsigned long long>(seed));
    return 0;
}
