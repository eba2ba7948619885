# SPDX-License-Identifier: GPL-2.0-or-later
# What makes a mistake in our code harder to use: the program runs as root and reads what users write. Each flag is
# taken where the compiler and the linker have it; tests/hardening looks at what came of it.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)

function(kfarm_harden_compile variable flag)
  check_c_compiler_flag("-Werror;${flag}" ${variable})
  if(${variable})
    add_compile_options(${flag})
  endif()
endfunction()

function(kfarm_harden_link variable flag)
  check_linker_flag(C "${flag}" ${variable})
  if(${variable})
    add_link_options(${flag})
  endif()
endfunction()

# Its addresses are not known before it runs. -fPIE and not -fPIC: functions may still be inlined.
kfarm_harden_compile(KFARM_HAS_PIE -fPIE)
kfarm_harden_link(KFARM_LINKS_PIE -pie)
# A frame that was written over is noticed before it returns; the stack does not grow past its guard page.
kfarm_harden_compile(KFARM_HAS_STACK_PROTECTOR -fstack-protector-strong)
kfarm_harden_compile(KFARM_HAS_STACK_CLASH -fstack-clash-protection)
# Indirect jumps and returns go where the program means to (x86: IBT and shadow stack; ARM: BTI and PAC).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
  kfarm_harden_compile(KFARM_HAS_CF_PROTECTION -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  kfarm_harden_compile(KFARM_HAS_BRANCH_PROTECTION -mbranch-protection=standard)
endif()
# The tables of functions of libraries are filled before main() and read-only from then on; no stack is executable.
kfarm_harden_link(KFARM_LINKS_RELRO "LINKER:-z,relro")
kfarm_harden_link(KFARM_LINKS_NOW "LINKER:-z,now")
kfarm_harden_link(KFARM_LINKS_NOEXECSTACK "LINKER:-z,noexecstack")

# libc's functions check the sizes of buffers that the compiler knows. That needs optimisation; level 3, of sizes
# known at run time only, needs gcc 12 or clang 9, and glibc 2.34, whose headers warn otherwise. Sanitizers check more.
if(NOT KFARM_SANITIZE)
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("#include <stdio.h>\nint main(void) { return 0; }" KFARM_HAS_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  set(level $<IF:$<BOOL:${KFARM_HAS_FORTIFY_3}>,3,2>)
  add_compile_options("$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${level}>")
endif()
