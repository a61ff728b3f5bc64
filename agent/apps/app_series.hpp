// The series of applications behind those of the host, within caps. A source that explodes meets its own cap, then the
// one of all; the host's series were written before and never make way. Loop thread only.
#pragma once
#include <map>
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
// While something is left out, it is told again so often.
constexpr milliseconds room_notice_every = 1h;

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

    void pass(std::span<SeriesSource* const> sources, SeriesWriter& out);
    bool is_repeated(std::string_view key);
    void find_repeated(std::string_view host_keys, std::string_view all_keys);
    void write_counts(std::span<SeriesSource* const> sources, SeriesWriter& out) const;
    void note(const SeriesSource& source, const Count& count, MonoTime now);

    size_t series_max_;
    std::vector<Count> counts_;  // of each source
    std::map<std::string, Repeated, std::less<>> repeated_;
    std::map<std::string, MonoTime> told_;  // sources that leave something out, and when that was told
    std::vector<std::string> notices_;
};

}  // namespace vigie::agent
