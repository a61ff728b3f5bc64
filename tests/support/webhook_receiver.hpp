// webhook_receiver.py as a child of the test: a webhook on loopback that records what is posted and answers as told.
#pragma once
#include <string>
#include <vector>

#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::tests {

class WebhookReceiver {
  public:
    // Answers as in the script's usage: "429,retry_after=3,times=2". The current folder is the source folder.
    explicit WebhookReceiver(const std::vector<std::string>& answers = {});
    ~WebhookReceiver();  // ends the child
    WebhookReceiver(const WebhookReceiver&) = delete;
    WebhookReceiver& operator=(const WebhookReceiver&) = delete;

    std::string url(std::string_view path = "/hook") const;
    std::vector<std::string> posts() const;  // one JSON line for each POST so far

  private:
    TempFolder folder_;
    Fd input_;  // closing it ends the child
    int pid_ = -1;
    std::string port_;
};

}  // namespace vigie::tests
