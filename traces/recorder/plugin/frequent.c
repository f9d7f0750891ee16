#include "frequent.h"

#include <string.h>

#include "names.h"

struct frequent frequent[MOST_FREQUENT];
unsigned frequent_count;

/*
 * What Linux does at each interrupt, system call or use of `current` and of per-CPU variables. Source:
 * arch/arm64/include/asm/{current,percpu,daifflags,sysreg}.h and kernel/entry.S; found by counting a recording.
 */
static const struct {
    const char *name;
    bool reads;
    bool writes;
    enum logged logged;
} usual[] = {
    {"SP_EL0", true, false, LOGGED_IN_SWITCH},        /* current */
    {"TPIDR_EL1", true, false, LOGGED_AT_EL2},        /* per-CPU offset of a kernel at EL1 */
    {"TPIDR_EL2", true, false, LOGGED_IN_SWITCH},     /* and at EL2 */
    {"TPIDR_EL0", true, false, LOGGED_AT_EL2},        /* thread pointer of user code */
    {"TCR_EL1", true, false, LOGGED_IN_SWITCH},       /* size of the address space */
    {"DAIF", true, true, LOGGED_IN_SWITCH},           /* interrupts off and on */
    {"NZCV", true, true, LOGGED_IN_SWITCH},
    {"FPCR", true, true, LOGGED_IN_SWITCH},
    {"FPSR", true, true, LOGGED_IN_SWITCH},
    {"CurrentEL", true, false, LOGGED_IN_SWITCH},
    {"CNTVCT_EL0", true, false, LOGGED_IN_SWITCH},    /* clocks */
    {"CNTVCTSS_EL0", true, false, LOGGED_IN_SWITCH},
    {"CTR_EL0", true, false, LOGGED_IN_SWITCH},       /* cache geometry */
    {"DCZID_EL0", true, false, LOGGED_IN_SWITCH},
};

static bool add(enum kind kind, int encoding, enum logged logged)
{
    struct decoded what = {kind, (uint16_t)encoding, 0};
    if (encoding < 0 || frequent_count == MOST_FREQUENT) return false;
    if (frequent_find(&what) >= 0) return true;
    frequent[frequent_count++] = (struct frequent){kind, (uint16_t)encoding, logged};
    return true;
}

static bool add_usual(void)
{
    for (unsigned i = 0; i < sizeof usual / sizeof *usual; i++) {
        int encoding = encoding_of_name(usual[i].name);
        if (usual[i].reads && !add(KIND_MRS, encoding, usual[i].logged)) return false;
        if (usual[i].writes && !add(KIND_MSR, encoding, usual[i].logged)) return false;
    }
    return true;
}

static bool add_named(const char *name)
{
    if (strcmp(name, "usual") == 0) return add_usual();
    if (strcmp(name, "none") == 0) return true;
    if (strcmp(name, "TLBI") == 0) return add(KIND_TLBI, 0, LOGGED_NEVER);
    if (strcmp(name, "AT") == 0) return add(KIND_AT, 0, LOGGED_NEVER);
    /* Reads alone: a recording without writes would answer what a write trap costs with too little. */
    return add(KIND_MRS, encoding_of_name(name), LOGGED_AT_EL2);
}

const char *frequent_parse(char *option)
{
    char *rest = NULL;
    frequent_count = 0;
    for (char *name = strtok_r(option, "+", &rest); name; name = strtok_r(NULL, "+", &rest)) {
        if (!add_named(name)) return name;
    }
    return NULL;
}

int frequent_find(const struct decoded *what)
{
    for (unsigned i = 0; i < frequent_count; i++) {
        if (frequent[i].kind != what->kind) continue;
        if (what->kind == KIND_TLBI || what->kind == KIND_AT || frequent[i].encoding == what->encoding) return (int)i;
    }
    return -1;
}
