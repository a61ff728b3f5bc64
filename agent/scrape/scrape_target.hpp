// One target, asked again and again on the loop. At most one connection at a time, whatever hangs; a failed scrape ends
// the target's series, and `up` says 0.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "agent/scrape/http_response.hpp"
#include "agent/scrape/scrape_options.hpp"
#include "agent/scrape/scraped_series.hpp"
#include "agent/scrape/target_address.hpp"
#include "shared/loop/child.hpp"
#include "shared/loop/stream_client.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

class ScrapeTarget final : public SeriesSource {
  public:
    // Asks at once, and then at the interval; over https by a child, the program `worker`. The loop and clock must
    // outlive it. Errors are those of the URL.
    static Result<std::unique_ptr<ScrapeTarget>> open(Loop& loop, const Clock& clock, ScrapeOptions options,
                                                      std::string worker);

    const ScrapeOptions& options() const { return options_; }
    const std::string& name() const override { return name_; }
    void begin_collection(MonoTime) override {}
    void add_series(const AddSeries& add) const override { series_.add_to(add); }
    void add_own_series(const AddSeries& add) const override;
    SourceRoom room() const override;

  private:
    struct Outcome {
        bool is_up = false;
        bool is_over_limit = false;
        double seconds = 0;
        double samples = 0;
    };
    // Keys of the series about the target.
    struct OwnKeys {
        std::string up;
        std::string duration;
        std::string scraped;
        std::string post_relabeling;
    };

    ScrapeTarget(Loop& loop, const Clock& clock, ScrapeOptions options, TargetAddress address, std::string worker);
    void begin();
    void begin_child();
    std::vector<std::string> headers() const;
    void give_up();
    Result<std::string> request() const;
    void on_bytes(std::string_view bytes);
    void on_end(const Result<void>& ended);
    Result<void> read_answer();
    void finish(const Result<void>& done);

    Loop& loop_;
    const Clock& clock_;
    const ScrapeOptions options_;
    const TargetAddress address_;
    const std::string worker_;
    const std::string name_;
    ScrapedSeries series_;
    const OwnKeys keys_;
    MonoTime started_;
    std::optional<HttpResponse> response_;
    std::unique_ptr<StreamClient> client_;  // while a scrape is under way
    std::unique_ptr<ChildProcess> child_;   // likewise, over https
    std::optional<Outcome> outcome_;        // of the last one
    std::string trouble_;                   // logged last, so that it is not logged again each time
    Timer deadline_;
    Timer ticks_;
};

}  // namespace vigie::agent
