// A host made of files, and the set of collectors on it.
#pragma once
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "agent/collect/collector.hpp"
#include "agent/series/text.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent::tests_of_collect {

class InstantReader final : public FileSystemReader {
  public:
    Result<FileSystemReading> read(const std::string&) override {
        return FileSystemReading{.block_bytes = 1, .blocks = 2};
    }
};

using SeriesMap = std::map<std::string, double>;

inline SeriesMap by_key(const protocol::SampleBatch& batch) {
    SeriesMap series;
    std::string_view schema = batch.schema;
    for (const auto value : batch.values) {
        BOOST_REQUIRE(series.emplace(next_line(schema), value).second);
    }
    BOOST_TEST(schema.empty());
    return series;
}

// Those of the series whose names begin so, as text lines in their order.
inline std::string lines_of(const SeriesMap& series, std::string_view prefix) {
    std::string lines;
    for (const auto& [key, value] : series) {
        lines += key.starts_with(prefix) ? fmt::format("{} {}\n", key, value) : "";
    }
    return lines;
}

struct Tree {
    Tree() {
        put("proc/stat", "cpu0 1 2 3 4\nctxt 5\n");
        put("proc/meminfo", "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
        put("proc/self/mounts", "/dev/vda / ext4 rw 0 0\n");
        put("proc/loadavg", "1 2 3 4/5 6\n");
        options.roots = {folder / "proc", folder / "sys", folder / "root", folder / "udev"};
    }
    void put(const std::string& name, const std::string& text) {
        const std::filesystem::path path = folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::trunc) << text;
    }
    // Files of one folder, each with a newline.
    void put_all(const std::string& below, const std::map<std::string, std::string>& files) {
        for (const auto& [name, text] : files) {
            put(below + "/" + name, text + "\n");
        }
    }
    void link(const std::string& name, const std::string& target) {
        const std::filesystem::path path = folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::create_symlink(target, path);
    }
    void remove(const std::string& name) { std::filesystem::remove_all(folder / name); }
    std::unique_ptr<CollectorSet> open() {
        auto set = CollectorSet::open(options, clock, mounts);
        BOOST_REQUIRE(set);
        return std::move(*set);
    }
    SeriesMap collect() { return by_key(open()->collect(clock.wall()).batch); }

    tests::TempFolder folder;
    tests::ManualClock clock;
    CollectOptions options;

    static inline InstantReader file_systems;
    static inline MountProber mounts{file_systems};
};

inline const CollectorOutcome& outcome_of(const Collection& collection, std::string_view name) {
    const auto found = std::find_if(collection.outcomes.begin(), collection.outcomes.end(),
                                    [&](const auto& one) { return name == one.name; });
    BOOST_REQUIRE((found != collection.outcomes.end()));
    return *found;
}

// Series and values of a reading as text lines, whole numbers without a fraction.
template <typename Reading>
std::string series_of(const Reading& reading) {
    SeriesWriter writer;
    writer.begin();
    emit(reading, writer);
    writer.finish();
    std::string lines;
    std::string_view schema = writer.schema();
    for (const auto value : writer.values()) {
        lines += fmt::format("{} {}\n", next_line(schema), value);
    }
    return lines;
}

}  // namespace vigie::agent::tests_of_collect
