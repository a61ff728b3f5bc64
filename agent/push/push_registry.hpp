// What scripts pushed, as series. Bounded, and idle series go. In memory only: the agent begins with none.
#pragma once
#include <map>
#include <string>

#include "agent/push/push_line.hpp"
#include "agent/series/series_source.hpp"

namespace vigie::agent {

struct PushLimits {
    size_t series_max = 200;
    milliseconds ttl = std::chrono::hours{24 * 7};  // nothing was pushed for so long: the series is not sent any more
    bool operator==(const PushLimits&) const = default;
};

class PushRegistry final : public SeriesSource {
  public:
    explicit PushRegistry(const PushLimits& limits) : limits_(limits) {}
    void set_limits(const PushLimits& limits) { limits_ = limits; }

    // Taken when it succeeds: the next collection has it. conflict: the series is of the other type; too_large: a new
    // series, and no room for it.
    Result<void> push(const PushRequest& request, MonoTime now);

    const std::string& name() const override { return name_; }
    void begin_collection(MonoTime now) override;
    void add_series(const AddSeries& add) const override;
    void add_own_series(const AddSeries& add) const override {
        add("vigie_pushes_total", static_cast<double>(pushes_));
    }
    SourceRoom room() const override { return {limits_.series_max, left_out_, example_}; }

  private:
    struct Entry {
        PushKind kind = PushKind::gauge;
        double value = 0;
        MonoTime pushed;
        bool is_idle = false;  // of a counter, which goes on from where it was
    };

    const std::string name_ = "push";
    PushLimits limits_;
    std::map<std::string, Entry, std::less<>> entries_;
    size_t idle_ = 0;
    uint64_t pushes_ = 0;
    uint64_t refused_since_ = 0;
    uint64_t left_out_ = 0;
    std::string example_;
};

}  // namespace vigie::agent
