/* Names of system registers, for people and for other readers of Tarmac: trapline itself goes by opcodes. */
#ifndef TRAPLINE_NAMES_H
#define TRAPLINE_NAMES_H

#include <stdint.h>

enum { NAME_SIZE = 32 };

/* The name that the encoding has in an assembler, S3_0_C1_C2_3 where it has none; into and out of `room`. */
const char *register_name(uint16_t encoding, char room[NAME_SIZE]);
/* The register that an access from EL2 with HCR_EL2.E2H = 1 really reaches. */
const char *register_under_e2h(uint16_t encoding, char room[NAME_SIZE]);
/* -1 for a name that nobody knows. Generic names are read too. */
int encoding_of_name(const char *name);

#endif
