// One easy handle for each exchange; the multi handle keeps connections for the next ones.
#include "controller/notify/curl_channel.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace vigie::controller::notify {
namespace {

// An answer's body says little; one that goes on and on is cut here.
constexpr size_t answer_bytes_max = 64 * 1024;
// Idle connections kept: one for each of some receivers, reopened when there are more.
constexpr long connections_kept_max = 16;
constexpr long redirects_max = 10;

struct Exchange {
    uint64_t number = 0;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    curl_slist* recipients = nullptr;
    std::string body;
    size_t sent_bytes = 0;  // of a mail
    // Of a mail: its recipients, and what the server said to each, in their order (RFC 5321, 4.2): 0 before it did.
    std::vector<std::string> to{};
    std::vector<int> replies{};
    bool are_recipients_told = false;  // another command followed them
    std::string received;
    bool is_mail = false;
    void (*look_into)(std::string_view body, Answer& answer) = nullptr;

    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() {
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);
        curl_slist_free_all(recipients);
    }
};

size_t keep_body(char* bytes, size_t size, size_t count, void* exchange) {
    auto& received = static_cast<Exchange*>(exchange)->received;
    if (received.size() + size * count > answer_bytes_max) {
        return 0;
    }
    received.append(bytes, size * count);
    return size * count;
}

size_t give_mail(char* into, size_t size, size_t count, void* exchange) {
    auto& one = *static_cast<Exchange*>(exchange);
    const auto bytes = std::min(size * count, one.body.size() - one.sent_bytes);
    std::copy_n(one.body.data() + one.sent_bytes, bytes, into);
    one.sent_bytes += bytes;
    return bytes;
}

// libcurl asks for one recipient after the other, and tells of each reply only here.
int note_recipients(CURL*, curl_infotype kind, char* bytes, size_t size, void* exchange) {
    auto& one = *static_cast<Exchange*>(exchange);
    const std::string_view text(bytes, size);
    if (kind == CURLINFO_HEADER_OUT && text.starts_with("RCPT TO:")) {
        one.replies.push_back(0);
    } else if (kind == CURLINFO_HEADER_OUT) {
        one.are_recipients_told = !one.replies.empty();
    } else if (kind == CURLINFO_HEADER_IN && !one.are_recipients_told && !one.replies.empty()) {
        const bool is_last_line = text.size() > 3 && text[3] != '-';
        int code = 0;
        const auto read = std::from_chars(text.data(), text.data() + std::min<size_t>(text.size(), 3), code);
        if (is_last_line && read.ec == std::errc() && one.replies.back() == 0) {
            one.replies.back() = code;
        }
    }
    return 0;
}

// The first option that libcurl refuses ends the setting up.
class Options {
  public:
    explicit Options(CURL* easy) : easy_(easy) {}
    template <typename T>
    Options& set(CURLoption option, T value) {
        if (outcome_ == CURLE_OK) {
            outcome_ = curl_easy_setopt(easy_, option, value);
        }
        return *this;
    }
    CURLcode outcome() const { return outcome_; }

  private:
    CURL* easy_;
    CURLcode outcome_ = CURLE_OK;
};

// A message that is sent elsewhere stays a message: without POST_ALL libcurl asks for the new place with GET, and an
// answer to that would pass for a delivery. From https it goes to https only.
void set_transport(Options& options, const Request& request) {
    const auto& transport = request.transport;
    options.set(CURLOPT_PROXY, transport.proxy_url.c_str()).set(CURLOPT_NOPROXY, "");
    options.set(CURLOPT_FOLLOWLOCATION, transport.is_redirected ? 1L : 0L);
    if (transport.is_redirected) {
        options.set(CURLOPT_MAXREDIRS, redirects_max)
            .set(CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL))
            .set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.starts_with("https:") ? "https" : "http,https");
    }
    if (!transport.cert_file.empty()) {
        options.set(CURLOPT_SSLCERT, transport.cert_file.c_str());
        if (!transport.key_file.empty()) {
            options.set(CURLOPT_SSLKEY, transport.key_file.c_str());
        }
    }
}

void set_common(Options& options, Exchange& exchange, const Request& request, milliseconds connect_timeout) {
    set_transport(options, request);
    options.set(CURLOPT_SSL_VERIFYPEER, 1L)
        .set(CURLOPT_SSL_VERIFYHOST, 2L)
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()))
        .set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()))
        .set(CURLOPT_WRITEFUNCTION, &keep_body)
        .set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    if (!request.ca_file.empty()) {
        options.set(CURLOPT_CAINFO, request.ca_file.c_str())
            .set(CURLOPT_CAPATH, nullptr);  // that file alone, not what the system trusts besides
    }
}

// libcurl doubles the dots that begin a line (RFC 5321, 4.5.2) and ends the mail with its own. What it calls connecting
// goes on until the server has let the user in, and servers are slow to greet on purpose (postscreen: 6 s): the time
// for all is the only limit. A connection is for one mail: libcurl would take one without TLS for a mail that needs it.
CURLcode prepare_mail(Exchange& exchange, const Request& request) {
    const auto& mail = *request.mail;
    exchange.to = mail.to;
    for (const auto& address : mail.to) {
        exchange.recipients = curl_slist_append(exchange.recipients, fmt::format("<{}>", address).c_str());
    }
    Options options(exchange.easy);
    options.set(CURLOPT_URL, fmt::format("{}/{}", request.url, mail.hello).c_str())
        .set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        .set(CURLOPT_USE_SSL, static_cast<long>(mail.is_starttls_required ? CURLUSESSL_ALL : CURLUSESSL_NONE))
        .set(CURLOPT_MAIL_FROM, fmt::format("<{}>", mail.from).c_str())
        .set(CURLOPT_MAIL_RCPT, exchange.recipients)
        .set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L)  // who is refused keeps it from nobody else
        .set(CURLOPT_VERBOSE, 1L)                // else the next one is not called; it prints nothing
        .set(CURLOPT_DEBUGFUNCTION, &note_recipients)
        .set(CURLOPT_DEBUGDATA, static_cast<void*>(&exchange))
        .set(CURLOPT_UPLOAD, 1L)
        .set(CURLOPT_READFUNCTION, &give_mail)
        .set(CURLOPT_READDATA, static_cast<void*>(&exchange))
        .set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.body.size()))
        .set(CURLOPT_FRESH_CONNECT, 1L)
        .set(CURLOPT_FORBID_REUSE, 1L);
    set_common(options, exchange, request, request.timeout);
    if (!mail.user.empty()) {
        options.set(CURLOPT_USERNAME, mail.user.c_str())
            .set(CURLOPT_PASSWORD, mail.password.c_str())
            .set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    }
    if (!mail.identity.empty()) {
        options.set(CURLOPT_SASL_AUTHZID, mail.identity.c_str());
    }
    return options.outcome();
}

CURLcode prepare(Exchange& exchange, const Request& request, milliseconds connect_timeout) {
    if (request.mail) {
        return prepare_mail(exchange, request);
    }
    for (const auto& header : request.headers) {
        exchange.headers = curl_slist_append(exchange.headers, header.c_str());
    }
    exchange.headers = curl_slist_append(exchange.headers, "Content-Type: application/json");
    exchange.headers = curl_slist_append(exchange.headers, "Expect:");  // no second round trip for small bodies
    Options options(exchange.easy);
    options.set(CURLOPT_URL, request.url.c_str())
        .set(CURLOPT_PROTOCOLS_STR, "http,https")
        .set(CURLOPT_POST, 1L)
        .set(CURLOPT_CUSTOMREQUEST, request.method.c_str())
        .set(CURLOPT_POSTFIELDS, exchange.body.data())
        .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.body.size()))
        .set(CURLOPT_HTTPHEADER, exchange.headers)
        .set(CURLOPT_USERAGENT, "vigie");
    set_common(options, exchange, request, connect_timeout);
    return options.outcome();
}

bool is_nobody_left(const Exchange& exchange) {
    return !exchange.replies.empty() &&
           std::all_of(exchange.replies.begin(), exchange.replies.end(), [](int code) { return code >= 400; });
}

// "address (SMTP code)" of each that is refused for good.
std::string refused_of(const Exchange& exchange) {
    std::string refused;
    for (size_t i = 0; i < std::min(exchange.to.size(), exchange.replies.size()); ++i) {
        if (exchange.replies[i] >= 500) {
            refused += fmt::format("{}{} (SMTP {})", refused.empty() ? "" : ", ", exchange.to[i], exchange.replies[i]);
        }
    }
    return refused;
}

// Who need not be asked again, who never will have it, and what the others were told.
void add_recipients(const Exchange& exchange, Answer& answer) {
    const auto told = std::min(exchange.to.size(), exchange.replies.size());
    const bool is_any_refused =
        std::any_of(exchange.replies.begin(), exchange.replies.end(), [](int code) { return code >= 400; });
    for (size_t i = 0; is_any_refused && i < told; ++i) {
        const auto code = exchange.replies[i];
        if (code >= 400 && code < 500) {
            answer.status = code;
            continue;
        }
        answer.done_with.push_back(exchange.to[i]);
    }
    answer.left_out = refused_of(exchange);
}

// The last reply is the mail's own only when it was taken or refused: one that came before a connection broke says
// nothing.
Answer answer_of_mail(const Exchange& exchange, CURLcode code) {
    Answer answer{.number = exchange.number, .status = 0, .retry_after = {}, .problem = {}, .is_mail = true};
    long status = 0;
    curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) {
        answer.status = 250;
        add_recipients(exchange, answer);
    } else if (status >= 400 && status < 600) {
        answer.status = static_cast<int>(status);
        if (is_nobody_left(exchange)) {
            const auto passing =
                std::find_if(exchange.replies.begin(), exchange.replies.end(), [](int one) { return one < 500; });
            answer.status = passing == exchange.replies.end() ? answer.status : *passing;
            answer.refused = refused_of(exchange);
        }
    } else {
        answer.problem = curl_easy_strerror(code);
    }
    return answer;
}

Answer answer_of(const Exchange& exchange, CURLcode code) {
    if (exchange.is_mail) {
        return answer_of_mail(exchange, code);
    }
    Answer answer;
    answer.number = exchange.number;
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange.easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    // A write error is our own cut of a long body: the answer itself was complete.
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status >= 200)) {
        answer.status = static_cast<int>(status);
        if (retry_after_s > 0) {
            answer.retry_after = seconds(std::min<curl_off_t>(retry_after_s, 86'400));
        }
    }
    if (answer.status == 0) {
        answer.problem = code == CURLE_OK ? "no HTTP answer" : curl_easy_strerror(code);
    } else if (exchange.look_into != nullptr) {
        exchange.look_into(exchange.received, answer);
    }
    return answer;
}

}  // namespace

struct CurlChannel::State {
    CURLM* multi = nullptr;
    milliseconds connect_timeout{0};
    std::map<CURL*, std::unique_ptr<Exchange>> exchanges;
    std::vector<Answer> refused;  // could not begin

    ~State() {
        for (const auto& [easy, exchange] : exchanges) {
            curl_multi_remove_handle(multi, easy);
        }
        exchanges.clear();
        curl_multi_cleanup(multi);
    }
};

CurlChannel::CurlChannel(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlChannel::~CurlChannel() = default;

Result<std::unique_ptr<CurlChannel>> CurlChannel::open(milliseconds connect_timeout) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    auto state = std::make_unique<State>();
    state->connect_timeout = connect_timeout;
    state->multi = curl_multi_init();
    if (initialised != CURLE_OK || state->multi == nullptr) {
        return fail(ErrorCode::unavailable, "libcurl does not start: {}", curl_easy_strerror(initialised));
    }
    curl_multi_setopt(state->multi, CURLMOPT_MAXCONNECTS, connections_kept_max);
    return std::unique_ptr<CurlChannel>(new CurlChannel(std::move(state)));
}

void CurlChannel::start(uint64_t number, const Request& request) {
    auto exchange = std::make_unique<Exchange>();
    exchange->number = number;
    exchange->body = request.body;
    exchange->is_mail = request.mail.has_value();
    exchange->look_into = request.look_into;
    exchange->easy = curl_easy_init();
    const char* problem = nullptr;
    if (exchange->easy == nullptr) {
        problem = "out of memory";
    } else if (const auto code = prepare(*exchange, request, state_->connect_timeout); code != CURLE_OK) {
        problem = curl_easy_strerror(code);
    } else if (const auto added = curl_multi_add_handle(state_->multi, exchange->easy); added != CURLM_OK) {
        problem = curl_multi_strerror(added);
    }
    if (problem != nullptr) {
        state_->refused.push_back(Answer{number, 0, std::nullopt, problem});
        return;
    }
    auto* const easy = exchange->easy;
    state_->exchanges.emplace(easy, std::move(exchange));
}

std::vector<Answer> CurlChannel::wait(milliseconds limit) {
    auto answers = std::exchange(state_->refused, {});
    int running = 0;
    curl_multi_perform(state_->multi, &running);
    const bool is_waiting = answers.empty() && static_cast<size_t>(running) == state_->exchanges.size();
    curl_multi_poll(state_->multi, nullptr, 0, is_waiting ? static_cast<int>(limit.count()) : 0, nullptr);
    curl_multi_perform(state_->multi, &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(state_->multi, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        auto* const easy = message->easy_handle;
        const auto code = message->data.result;  // the message is gone once the handle is removed
        const auto found = state_->exchanges.find(easy);
        curl_multi_remove_handle(state_->multi, easy);
        answers.push_back(answer_of(*found->second, code));
        state_->exchanges.erase(found);
    }
    return answers;
}

void CurlChannel::wake() {
    curl_multi_wakeup(state_->multi);
}

}  // namespace vigie::controller::notify
