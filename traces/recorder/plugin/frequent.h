/* Registers that every kernel reads or writes all the time: counted, and logged only where the counts would not do. */
#ifndef TRAPLINE_FREQUENT_H
#define TRAPLINE_FREQUENT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"

enum logged {
    /* By code that switches between host and guest: EL2 without E2H, or with a guest's traps. */
    LOGGED_IN_SWITCH,
    /* By all code at EL2: there a kernel with E2H has no use of its own for it, but to save a guest's. */
    LOGGED_AT_EL2,
    LOGGED_NEVER,
};

enum { MOST_FREQUENT = 128 };

struct frequent {
    enum kind kind;
    /* Not of TLBI and AT, which are counted whatever they name. */
    uint16_t encoding;
    enum logged logged;
};

extern struct frequent frequent[MOST_FREQUENT];
extern unsigned frequent_count;

/*
 * "usual", "none", and names joined by '+': a register's, whose reads below EL2 are then counted, "TLBI" or "AT".
 * "none+SP_EL0" counts reads of SP_EL0 alone. Returns NULL, or the part that means nothing.
 */
const char *frequent_parse(char *option);
/* The index in `frequent`, -1 for what is logged everywhere. */
int frequent_find(const struct decoded *what);

#endif
