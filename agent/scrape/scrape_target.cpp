// Ask, read, tell.
#include "agent/scrape/scrape_target.hpp"

#include <algorithm>

#include "agent/scrape/fetch_words.hpp"
#include "agent/series/text.hpp"
#include "shared/core/harmless.hpp"
#include "shared/log/log.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

constexpr Bytes token_bytes_max = 16_KiB;
// What Prometheus 2.42 asks for.
constexpr std::string_view accepted =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

TargetLabels target_labels(const ScrapeOptions& options, const TargetAddress& address) {
    TargetLabels labels(options.labels.begin(), options.labels.end());
    const auto has = [&](std::string_view name) { return options.labels.contains(std::string(name)); };
    if (!has("job")) {
        labels.emplace_back("job", options.job);
    }
    if (!has("instance")) {
        labels.emplace_back("instance", address.instance);
    }
    return labels;
}

Result<std::string> read_token(const std::string& path) {
    VIGIE_TRY(const auto text, read_secret_file(path, token_bytes_max));
    const auto token = trimmed(text);
    const bool is_plain = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (token.empty() || !is_plain) {
        return fail(ErrorCode::malformed, "{}: expected one line with a token", path);
    }
    return std::string(token);
}

}  // namespace

Result<std::unique_ptr<ScrapeTarget>> ScrapeTarget::open(Loop& loop, const Clock& clock, ScrapeOptions options,
                                                         std::string worker) {
    VIGIE_TRY(auto address, parse_target_url(options.url));
    std::unique_ptr<ScrapeTarget> target(
        new ScrapeTarget(loop, clock, std::move(options), std::move(address), std::move(worker)));
    target->ticks_.start_every(target->options_.interval);
    target->begin();
    return target;
}

ScrapeTarget::ScrapeTarget(Loop& loop, const Clock& clock, ScrapeOptions options, TargetAddress address,
                           std::string worker)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      address_(std::move(address)),
      worker_(std::move(worker)),
      name_(fmt::format("scrape:{}:{}", options_.job, address_.instance)),
      series_(target_labels(options_, address_), options_.honor_labels),
      keys_{.up = series_.own_key("up"),
            .duration = series_.own_key("scrape_duration_seconds"),
            .scraped = series_.own_key("scrape_samples_scraped"),
            .post_relabeling = series_.own_key("scrape_samples_post_metric_relabeling")},
      deadline_(loop, [this] { give_up(); }),
      ticks_(loop, [this] { begin(); }) {}

std::vector<std::string> ScrapeTarget::headers() const {
    return {
        fmt::format("User-Agent: vigie-agent/{}", VIGIE_VERSION), fmt::format("Accept: {}", accepted),
        fmt::format("X-Prometheus-Scrape-Timeout-Seconds: {}", std::chrono::duration<double>(options_.timeout).count()),
        "Connection: close"};
}

Result<std::string> ScrapeTarget::request() const {
    auto text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", address_.path, address_.host,
                            fmt::join(headers(), "\r\n"));
    if (!options_.token_file.empty()) {
        VIGIE_TRY(const auto token, read_token(options_.token_file));
        text += fmt::format("Authorization: Bearer {}\r\n", token);
    }
    return text + "\r\n";
}

void ScrapeTarget::begin() {
    if (client_ || child_) {
        give_up();  // the deadline would come with this tick
    }
    started_ = clock_.mono();
    if (address_.is_secure) {
        return begin_child();
    }
    auto text = request();
    if (!text) {
        return finish(fail(text.error()));
    }
    response_.emplace(options_.body_limit);
    deadline_.start_once(options_.timeout);
    client_ = std::make_unique<StreamClient>(
        loop_, address_.socket, address_.instance, std::move(*text),
        StreamClientCallbacks{.on_bytes = [this](std::string_view bytes) { on_bytes(bytes); },
                              .on_end = [this](const Result<void>& ended) { on_end(ended); }});
}

// What comes on the pipe is the answer as the server sent it.
void ScrapeTarget::begin_child() {
    response_.emplace(options_.body_limit);
    ChildCommand command;
    command.argv = fetch_words(options_, address_, headers());
    command.argv.insert(command.argv.begin(), worker_);
    command.stderr_max = 1_KiB;
    command.ends_with_group = true;
    command.on_progress = [this](std::string_view bytes) { on_bytes(bytes); };
    auto child = ChildProcess::start(loop_, std::move(command), [this](const ChildExit& exit) {
        on_end(exit.exit_code == 0 ? Result<void>()
                                   : fail(ErrorCode::unavailable, "{}",
                                          exit.stderr_tail.empty() ? fmt::format("exit status {}", exit.exit_code)
                                                                   : std::string(trimmed(exit.stderr_tail))));
    });
    if (!child) {
        return finish(fail(child.error()));
    }
    deadline_.start_once(options_.timeout);
    child_ = std::move(*child);
}

void ScrapeTarget::give_up() {
    finish(fail(ErrorCode::timed_out, "no whole answer within {}", format_duration(options_.timeout)));
}

void ScrapeTarget::on_bytes(std::string_view bytes) {
    const auto is_whole = response_->take(bytes);
    if (!is_whole) {
        return finish(fail(is_whole.error()));
    }
    if (*is_whole) {
        finish(read_answer());
    }
}

void ScrapeTarget::on_end(const Result<void>& ended) {
    const auto whole = ended ? response_->end() : ended;
    finish(whole ? read_answer() : whole);
}

Result<void> ScrapeTarget::read_answer() {
    return series_.read(format_of(response_->content_type()), response_->body(), options_.sample_limit);
}

void ScrapeTarget::finish(const Result<void>& done) {
    deadline_.stop();
    client_.reset();
    child_.reset();
    const bool is_over_limit = !done && series_.samples() > options_.sample_limit;
    outcome_ = Outcome{.is_up = done.has_value(),
                       .is_over_limit = is_over_limit,
                       .seconds = std::chrono::duration<double>(clock_.mono() - started_).count(),
                       .samples = done || is_over_limit ? static_cast<double>(series_.samples()) : 0};
    response_.reset();
    if (done) {
        if (!trouble_.empty()) {
            log::info("scrape of {} ({}) works again", options_.job, options_.url);
        }
        trouble_.clear();
        return;
    }
    series_.clear();
    if (const auto said = harmless(done.error().message); said != trouble_) {
        trouble_ = said;
        log::warning("scrape of {} ({}): {}", options_.job, options_.url, trouble_);
    }
}

void ScrapeTarget::add_own_series(const AddSeries& add) const {
    if (outcome_) {
        add(keys_.up, outcome_->is_up ? 1 : 0);
        add(keys_.duration, outcome_->seconds);
        add(keys_.scraped, outcome_->samples);
        add(keys_.post_relabeling, outcome_->samples);
    }
}

SourceRoom ScrapeTarget::room() const {
    const bool is_over = outcome_ && outcome_->is_over_limit;
    return {.series_max = options_.sample_limit,
            .left_out = is_over ? static_cast<uint64_t>(outcome_->samples) : 0,
            .example = is_over ? "all of the last scrape" : ""};
}

}  // namespace vigie::agent
