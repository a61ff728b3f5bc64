// A server of this folder in Python, as a child of the test: it prints its port, writes a line for each thing that
// comes, and ends when its standard input does.
#pragma once
#include <string>
#include <vector>

#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::tests {

class PythonServer {
  public:
    // `words`: of the command line, after the file that it writes. The current folder is the source folder.
    PythonServer(const std::string& script, const std::vector<std::string>& words);
    ~PythonServer();  // ends the child
    PythonServer(const PythonServer&) = delete;
    PythonServer& operator=(const PythonServer&) = delete;

    const std::string& port() const { return port_; }
    std::vector<std::string> lines() const;  // so far

  private:
    TempFolder folder_;
    Fd input_;  // closing it ends the child
    int pid_ = -1;
    std::string port_;
};

// Runs a program and waits for its end; requires that it succeeds.
void run_program(const std::vector<std::string>& words);

}  // namespace vigie::tests
