#include "output.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two of these are kept before the recording begins: 10,000 to 20,000 lines, some milliseconds of a host. */
enum { SEGMENT = 1 << 20, START_ROOM = 1 << 16 };

struct segment {
    char start[START_ROOM];
    size_t start_length;
    char lines[SEGMENT];
    size_t length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;
static start_writer write_start;
static struct segment *kept[2]; /* the older one first; NULL once they are written */
static bool failed;

static void put(const char *text, size_t length)
{
    if (failed || length == 0 || fwrite(text, 1, length, file) == length) return;
    failed = true;
    fprintf(stderr, "trapline recorder: the recording cannot be written: %s; it ends here\n", strerror(errno));
}

static void begin(struct segment *segment)
{
    segment->length = 0;
    segment->start_length = write_start(segment->start, START_ROOM);
}

bool output_open(const char *path, bool held, start_writer start)
{
    write_start = start;
    file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (file == NULL) return false;
    setvbuf(file, NULL, _IOFBF, SEGMENT);
    if (!held) return true;
    for (int i = 0; i < 2; i++) {
        kept[i] = calloc(1, sizeof **kept);
        if (kept[i] == NULL) return false;
    }
    return true;
}

void output_header(const char *text, size_t length)
{
    pthread_mutex_lock(&lock);
    put(text, length);
    pthread_mutex_unlock(&lock);
}

void output_lines(const char *text, size_t length)
{
    pthread_mutex_lock(&lock);
    if (kept[0] == NULL) {
        put(text, length);
    } else {
        if (kept[1]->length + length > SEGMENT) {
            struct segment *old = kept[0];
            kept[0] = kept[1];
            kept[1] = old;
            begin(old);
        }
        memcpy(kept[1]->lines + kept[1]->length, text, length);
        kept[1]->length += length;
    }
    pthread_mutex_unlock(&lock);
}

void output_release(void)
{
    pthread_mutex_lock(&lock);
    if (kept[0] != NULL) {
        /* The first of the two is empty, without a start, if the event came early. */
        put(kept[0]->length > 0 ? kept[0]->start : kept[1]->start,
            kept[0]->length > 0 ? kept[0]->start_length : kept[1]->start_length);
        for (int i = 0; i < 2; i++) {
            put(kept[i]->lines, kept[i]->length);
            free(kept[i]);
            kept[i] = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
}

bool output_is_held(void)
{
    return kept[0] != NULL;
}

bool output_close(void)
{
    pthread_mutex_lock(&lock);
    if (fflush(file) != 0 && !failed) put("\n", 1);
    if (file != stdout && fclose(file) != 0) failed = true;
    pthread_mutex_unlock(&lock);
    return !failed;
}
