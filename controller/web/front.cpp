#include "controller/web/front.hpp"

namespace vigie::controller::web {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// Parameters behind the type, such as a character set, change nothing.
bool is_form(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' ')) {
        content_type.remove_suffix(1);
    }
    return std::equal(content_type.begin(), content_type.end(), form_type.begin(), form_type.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

ApiResult<Form> form_of(const HttpRequest& request, std::string_view query) {
    auto form =
        request.method == "POST" && is_form(request.content_type) ? parse_form(request.body) : Result<Form>(Form());
    auto of_path = parse_form(query);
    if (!form || !of_path) {
        return refuse(ApiErrorKind::bad_data, "{}", (form ? of_path : form).error().message);
    }
    form->append(std::move(*of_path));
    return std::move(*form);
}

bool is_get(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

// To read an expression takes time that no limit counts, most of it for patterns: those that can grow by classes of
// letters or counts may take milliseconds each.
bool is_read_fast(std::string_view expression) {
    constexpr size_t bytes_max = 500;
    constexpr size_t bytes_with_patterns_max = 150;
    const bool has_pattern =
        expression.find('~') != std::string_view::npos || expression.find("label_replace") != std::string_view::npos;
    if (!has_pattern) {
        return expression.size() <= bytes_max;
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto count = std::adjacent_find(expression.begin(), expression.end(),
                                          [&is_digit](char a, char b) { return a == '{' && is_digit(b); });
    return expression.size() <= bytes_with_patterns_max && expression.find('\\') == std::string_view::npos &&
           count == expression.end();
}

ApiError bad_method(const HttpRequest& request, std::string_view path, bool takes_post) {
    return {ApiErrorKind::bad_method,
            fmt::format("{} takes GET{}, not {}", path, takes_post ? " and POST" : "", request.method.substr(0, 20)),
            {{"Allow", takes_post ? "GET, HEAD, POST" : "GET, HEAD"}}};
}

}  // namespace

void Front::take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) {
    auto response = answer_or_start(exchange, request, to);
    if (!response) {
        answer(exchange, error_response(response.error()), to);
    } else if (*response) {
        answer(exchange, std::move(**response), to);
    }
}

void Front::gone(ExchangeId exchange) {
    const auto found = under_way_.find(exchange);
    if (found != under_way_.end()) {
        work_.cancel(found->second);
        under_way_.erase(found);
        ++counts_.given_up;
    }
}

ApiResult<std::optional<HttpResponse>> Front::answer_or_start(ExchangeId exchange, HttpRequest& request,
                                                              HttpAnswers& to) {
    const auto target = parse_target(request.target);
    if (!target) {
        return refuse(ApiErrorKind::bad_data, "{}", target.error().message);
    }
    const bool is_health = is_health_path(target->path);
    if (auto allowed = access_.check(request, !is_health); !allowed) {
        return tl::unexpected(std::move(allowed.error()));
    }
    if (is_health && is_get(request)) {
        const auto* words = target->path == "/-/ready" ? "Vigie is Ready.\n" : "Vigie is Healthy.\n";
        return std::optional(HttpResponse{.content_type = "text/plain; charset=utf-8", .body = words});
    }
    const bool is_metrics = target->path == "/metrics" && metrics_ != nullptr;
    const auto route = is_health || is_metrics ? Route() : route_of(target->path).value_or(Route());
    if (!is_health && !is_metrics && route.answer == nullptr) {
        return refuse(ApiErrorKind::not_found, "there is nothing at {}", target->path.substr(0, 200));
    }
    if (!is_get(request) && !(route.takes_post && request.method == "POST")) {
        return tl::unexpected(bad_method(request, target->path, route.takes_post));
    }
    auto form = form_of(request, target->query);
    if (!form) {
        return tl::unexpected(std::move(form.error()));
    }
    ApiCall call{.form = std::move(*form), .label = route.label, .taken_at = clock_.mono()};
    if (auto response = at_once(route, call)) {
        return std::move(*response);
    }
    const Make ask = [&api = apis_.whole, answer = route.answer,
                      call = std::move(call)](const std::atomic<bool>& cancelled) {
        auto result = (api.*answer)(call, cancelled);
        return result ? std::move(*result) : error_response(result.error());
    };
    if (auto started = start(exchange, is_metrics ? page_of_metrics(request.accept) : ask, to); !started) {
        return tl::unexpected(std::move(started.error()));
    }
    return std::optional<HttpResponse>();
}

// Many clients with small queries leave most of the loop to others: with the 2 ms that the last of a turn may take, it
// is a quarter. What goes over that is taken off the next turn.
bool Front::has_loop_time() {
    constexpr milliseconds turn{20};
    constexpr MonoTime::duration at_once_in_turn_max = 3ms;
    const auto now = clock_.mono();
    if (now - turn_began_ >= turn) {
        turn_began_ = now;
        at_once_in_turn_ = std::max(MonoTime::duration(), at_once_in_turn_ - at_once_in_turn_max);
    }
    return at_once_in_turn_ < at_once_in_turn_max;
}

std::optional<ApiResult<HttpResponse>> Front::at_once(const Route& route, const ApiCall& call) {
    if (apis_.at_once == nullptr || !route.is_query || !is_read_fast(call.form.first("query")) || !has_loop_time()) {
        return std::nullopt;
    }
    static const std::atomic<bool> never = false;
    const auto began = clock_.mono();
    auto response = (apis_.at_once->*route.answer)(call, never);
    at_once_in_turn_ += clock_.mono() - began;
    const bool is_answer = response || response.error().kind == ApiErrorKind::bad_data;
    return is_answer ? std::optional(std::move(response)) : std::nullopt;
}

Front::Make Front::page_of_metrics(const std::string& accept) const {
    return [gather = metrics_(), form = exposition_for(accept)](const std::atomic<bool>&) {
        return HttpResponse{.content_type = std::string(content_type_of(form)), .body = write_metrics(gather(), form)};
    };
}

ApiResult<void> Front::start(ExchangeId exchange, Make make, HttpAnswers& to) {
    const auto started = work_.start(
        [this, exchange, make = std::move(make), &to](const std::atomic<bool>& cancelled) -> std::function<void()> {
            return [this, exchange, response = make(cancelled), &to]() mutable {
                under_way_.erase(exchange);
                answer(exchange, std::move(response), to);
            };
        });
    if (!started) {
        return tl::unexpected(ApiError{ApiErrorKind::unavailable, started.error().message, {{"Retry-After", "5"}}});
    }
    under_way_.emplace(exchange, *started);
    return {};
}

void Front::answer(ExchangeId exchange, HttpResponse response, HttpAnswers& to) {
    ++counts_.by_status[response.status];
    to.answer(exchange, std::move(response));
}

}  // namespace vigie::controller::web
