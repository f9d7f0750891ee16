/* Lines of Tarmac in the form of Arm's Fast Models. */
#ifndef TRAPLINE_TEXT_H
#define TRAPLINE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"

/* Room for the lines of one event. */
enum { TEXT_SIZE = 1024 };

struct text {
    char bytes[TEXT_SIZE];
    unsigned length;
    /* Of every line. */
    uint64_t time;
    unsigned cpu;
};

struct retired {
    struct decoded what;
    uint32_t opcode;
    uint64_t pc;
    /* CPSR of the code that it belongs to: the exception level and which stack pointer. */
    uint32_t cpsr;
};

void text_begin(struct text *text, unsigned cpu, uint64_t time);
void text_instruction(struct text *text, const struct retired *retired);
/* A register that has changed. */
void text_register(struct text *text, const char *name, uint64_t value);
/* `vector` is the offset in the vector table, 0 to 0x780. */
void text_exception(struct text *text, uint64_t pc, unsigned vector);
/* So many of these were executed and not written: "MRS", "MSR", or "TLBI" and "AT" without a name. */
void text_counted(struct text *text, const char *what, const char *name, uint64_t count);

#endif
