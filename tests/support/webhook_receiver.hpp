// webhook_receiver.py as a child of the test: a webhook on loopback that records what is posted and answers as told.
#pragma once
#include <string>
#include <vector>

#include "tests/support/python_server.hpp"

namespace vigie::tests {

class WebhookReceiver {
  public:
    // Answers as in the script's usage: "429,retry_after=3,times=2". The current folder is the source folder.
    explicit WebhookReceiver(const std::vector<std::string>& answers = {});

    std::string url(std::string_view path = "/hook") const;
    std::vector<std::string> posts() const;  // one JSON line for each POST or PUT so far

  private:
    PythonServer server_;
};

}  // namespace vigie::tests
