# Makes a C file of a data file, so that the program runs without being installed:
#   cmake -DINPUT=FILE -DOUTPUT=FILE.c -DSYMBOL=name -DKIND=builtin|bytes -P embed.cmake
# KIND builtin: a struct builtin (tui/builtin.h); bytes: `const char name[]` and `name_len`.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
get_filename_component(name "${INPUT}" NAME)
if(KIND STREQUAL "builtin")
  file(WRITE "${OUTPUT}" "#include \"tui/builtin.h\"\nstatic const char text[] = {\n${bytes}0};\n"
    "const struct builtin ${SYMBOL} = {\"${name}\", text, sizeof(text) - 1};\n")
else()
  file(WRITE "${OUTPUT}" "extern const char ${SYMBOL}[];\nextern const unsigned ${SYMBOL}_len;\n"
    "const char ${SYMBOL}[] = {\n${bytes}0};\nconst unsigned ${SYMBOL}_len = sizeof(${SYMBOL}) - 1;\n")
endif()
