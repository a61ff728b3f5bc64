# How a room becomes a library and a main.cpp a program. Flags that all code shares live here.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(VIGIE_TESTS "build the tests" ON)
option(VIGIE_FUZZ "build the libFuzzer targets (clang)" OFF)
set(VIGIE_ONLY "" CACHE STRING "build only the tests with this label and what they need: fuzz, tsan_safe")
set(VIGIE_SANITIZE "" CACHE STRING "sanitizers for -fsanitize=, such as address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # A precompiled header carries macros and time stamps that ccache must be told to look past.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_compile_definitions(VIGIE_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror
                    -fstack-protector-strong -fPIE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  # GCC 12 reports false positives of these three on std::string, std::variant and inlined memcpy.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow)
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-pie -Wl,--as-needed -Wl,-z,relro,-z,now)
if(VIGIE_SANITIZE)
  add_compile_options(-fsanitize=${VIGIE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VIGIE_SANITIZE})
  if(VIGIE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-array-bounds)  # GCC 12 reports it falsely on a moved tl::expected of a string
  endif()
endif()
if(VIGIE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The libraries that every room may see: none. Each room names its doors in its own CMakeLists.txt.
add_library(vigie_precompiled STATIC ${PROJECT_SOURCE_DIR}/shared/cmake/precompiled.cpp)
target_include_directories(vigie_precompiled PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(vigie_precompiled PUBLIC FMT_SHARED)
target_link_libraries(vigie_precompiled PUBLIC fmt)
target_precompile_headers(vigie_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/shared/cmake/precompiled.hpp)

# vigie_rooms(SIDE ROOM...): adds each room that exists below SIDE. With VIGIE_ONLY a room is built when a test needs it.
function(vigie_rooms side)
  set(when "")
  if(VIGIE_ONLY)
    set(when EXCLUDE_FROM_ALL)
  endif()
  foreach(room ${ARGN})
    if(EXISTS ${PROJECT_SOURCE_DIR}/${side}/${room}/CMakeLists.txt)
      add_subdirectory(${PROJECT_SOURCE_DIR}/${side}/${room} ${when})
    endif()
  endforeach()
endfunction()

# vigie_room(DEPENDENCY...): the current folder as library vigie_<side>_<room>, all its .cpp but main.cpp.
function(vigie_room)
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name vigie_${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE vigie_precompiled ${ARGN})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC vigie_precompiled ${ARGN})
  target_precompile_headers(${name} REUSE_FROM vigie_precompiled)
endfunction()

# vigie_program(NAME DEPENDENCY...): main.cpp of the current folder as an executable in <build>/bin.
function(vigie_program name)
  add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  target_link_libraries(${name} PRIVATE ${ARGN})
  target_precompile_headers(${name} REUSE_FROM vigie_precompiled)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
