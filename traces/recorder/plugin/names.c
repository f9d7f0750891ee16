#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    uint16_t encoding;
    const char *name;
    /* NULL where it is the same. */
    const char *under_e2h;
};

/* By encoding; written by make-names.mjs from trapline's own table of registers. */
static const struct row rows[] = {
#include "names.def"
};

static int compare(const void *key, const void *row)
{
    return (int)*(const uint16_t *)key - (int)((const struct row *)row)->encoding;
}

static const struct row *find(uint16_t encoding)
{
    return bsearch(&encoding, rows, sizeof rows / sizeof *rows, sizeof *rows, compare);
}

const char *register_name(uint16_t encoding, char room[NAME_SIZE])
{
    const struct row *row = find(encoding);
    if (row) return row->name;
    snprintf(room, NAME_SIZE, "S%u_%u_C%u_C%u_%u", (encoding >> 14) & 3u, (encoding >> 11) & 7u,
             (encoding >> 7) & 15u, (encoding >> 3) & 15u, encoding & 7u);
    return room;
}

const char *register_under_e2h(uint16_t encoding, char room[NAME_SIZE])
{
    const struct row *row = find(encoding);
    return row && row->under_e2h ? row->under_e2h : register_name(encoding, room);
}

int encoding_of_name(const char *name)
{
    unsigned op0, op1, crn, crm, op2;
    char end;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) == 0) return rows[i].encoding;
    }
    if (sscanf(name, "S%1u_%1u_C%2u_C%2u_%1u%c", &op0, &op1, &crn, &crm, &op2, &end) != 5) return -1;
    if (op0 > 3 || op1 > 7 || crn > 15 || crm > 15 || op2 > 7) return -1;
    return (int)(op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2);
}
