/* The recording as a file: one stream for all CPUs, so that the order of its lines is the order of events. */
#ifndef TRAPLINE_OUTPUT_H
#define TRAPLINE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Appends to `text` what must stand before the lines that follow: who runs, on which CPU. Returns its length. */
typedef size_t (*start_writer)(char *text, size_t room);

/*
 * Opens `path`, "-" for standard output. While `held` is true nothing is written: the last lines are kept, so that a
 * recording that begins at an event also has what led to it. Returns false with errno set.
 */
bool output_open(const char *path, bool held, start_writer start);
void output_header(const char *text, size_t length);
/* Whole lines, which stay together. */
void output_lines(const char *text, size_t length);
/* From here on lines are written, those kept first. */
void output_release(void);
bool output_is_held(void);
/* Returns false if anything could not be written. */
bool output_close(void);

#endif
