// The series of applications behind those of the host, within caps. A source that explodes meets its own cap, then the
// one of all; the host's series were written before and never make way, and what was sent the last time keeps its place
// before what is new. Loop thread only.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/series/series_source.hpp"
#include "agent/series/series_writer.hpp"

namespace vigie::agent {

// Of all sources together. 100 bytes each make 400 KiB of keys in each reading.
constexpr size_t app_series_max_default = 4'000;
// Keys and values of a whole reading: an entry of the outbox has at most 1 MiB, and the caps' own series follow.
constexpr size_t reading_bytes_max = 960 * 1024;
constexpr size_t value_bytes = 9;  // of a double in MessagePack
// What was left out is told at most so often.
constexpr milliseconds room_notice_every = 1h;
// vigie_app_series_left_out stays above 0 for so long, or `for:` of an alert would never be over when something is left
// out now and then only.
constexpr milliseconds left_out_shown = 10min;

class AppSeries {
  public:
    explicit AppSeries(size_t series_max) : series_max_(series_max) {}
    void set_series_max(size_t series_max) { series_max_ = series_max; }

    // Begins a collection of each source and writes all that has room, with vigie_app_series… about it.
    void write(std::span<SeriesSource* const> sources, SeriesWriter& out, MonoTime now);
    // Sentences for the operator about what found no room since the last time they were taken.
    std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

  private:
    struct Count {
        size_t sent = 0;
        uint64_t left_out = 0;
        std::string example;
    };
    struct Repeated {
        bool is_of_host = false;
        bool is_given = false;  // in the pass under way
    };

    // What a source left out, told or not.
    struct LeftOut {
        uint64_t count = 0;
        MonoTime at;
        std::optional<MonoTime> told;
    };
    // What new series may have beside those that keep their places.
    struct Room {
        size_t series = 0;
        size_t bytes = 0;
    };

    using Sources = std::span<SeriesSource* const>;
    using Visit = std::function<void(size_t source, std::string_view key, double value, bool is_second)>;

    void walk(Sources sources, const Visit& visit);
    void begin_counts(Sources sources);
    Room room_for_new(Sources sources, size_t bytes);
    bool pass(Sources sources, SeriesWriter& out);
    void pass_within(Sources sources, SeriesWriter& out, const SeriesWriter::Mark& start);
    bool is_repeated(std::string_view key);
    bool has_place(std::string_view key) const;
    void find_repeated(std::string_view host_keys, std::string_view all_keys);
    void keep_places(std::string_view keys);
    void write_counts(Sources sources, SeriesWriter& out, MonoTime now);
    void note(const SeriesSource& source, const Count& count, MonoTime now);

    size_t series_max_;
    std::vector<Count> counts_;  // of each source
    std::map<std::string, Repeated, std::less<>> repeated_;
    bool is_full_ = false;                                  // not all found room the last time
    std::vector<uint64_t> places_;                          // hashes of what was sent the last time, sorted
    std::map<std::string, LeftOut, std::less<>> left_out_;  // by source
    std::vector<std::string> notices_;
};

}  // namespace vigie::agent
