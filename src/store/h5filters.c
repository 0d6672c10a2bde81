/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads filter pipelines; knows the registered filters by name.
 */
#include "store/h5filters.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PARAMS = 32 };

typedef struct filter_info {
    H5Z_filter_t id;
    unsigned params[MAX_PARAMS];
    size_t nparams;
    char name[64];                  /* as the file has it */
} filter_info;

/* Numbers 1 to 6 are HDF5's own, the rest from the HDF Group's register. */
static const struct { int id; const char *name; } names[] = {
    {1, "deflate"}, {2, "shuffle"}, {3, "fletcher32"}, {4, "szip"}, {5, "nbit"}, {6, "scaleoffset"},
    {305, "lzo"}, {306, "ucl"}, {307, "bzip2"}, {32000, "lzf"}, {32001, "blosc"}, {32002, "mafisc"},
    {32003, "snappy"}, {32004, "lz4"}, {32005, "apax"}, {32006, "cbf"}, {32007, "jpeg-xr"},
    {32008, "bitshuffle"}, {32009, "spdp"}, {32010, "lpc-rice"}, {32011, "ccsds-123"}, {32012, "jpeg-ls"},
    {32013, "zfp"}, {32014, "fpzip"}, {32015, "zstd"}, {32016, "b3d"}, {32017, "sz"}, {32018, "fcidecomp"},
    {32019, "jpeg"}, {32020, "vbz"}, {32021, "fapec"}, {32022, "bitgroom"}, {32023, "granular bitround"},
    {32024, "sz3"}, {32025, "delta-rice"}, {32026, "blosc2"}, {32027, "flac"}, {32028, "sperr"},
    {32029, "terse"}, {32030, "ffmpeg"},
};

static const char *known_name(int id)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].id == id)
            return names[i].name;
    return NULL;
}

static const char *name_of(const filter_info *f)
{
    const char *known = known_name(f->id);
    return known ? known : f->name[0] ? f->name : "unknown";
}

static bool get_filter(hid_t dcpl, int i, filter_info *f)
{
    unsigned flags, config;
    f->nparams = MAX_PARAMS;
    f->name[0] = '\0';
    f->id = H5Pget_filter2(dcpl, (unsigned)i, &flags, &f->nparams, f->params, sizeof f->name, f->name, &config);
    if (f->nparams > MAX_PARAMS)
        f->nparams = MAX_PARAMS;
    return f->id >= 0;
}

static bool is_ours(int id)
{
    return id == CODEC_SHUFFLE || id == CODEC_DEFLATE || id == CODEC_FLETCHER32 || id == CODEC_ZSTD;
}

static void plugin_paths(strbuf *out)
{
    unsigned n = 0;
    H5PLsize(&n);
    for (unsigned i = 0; i < n; i++) {
        char path[512];
        if (H5PLget(i, path, sizeof path) > 0)
            strbuf_printf(out, "%s%s", out->len ? ", " : "", path);
    }
}

static int missing_filter(const filter_info *f, sharr_error *err)
{
    strbuf where = {0};
    if (f->id < H5Z_FILTER_RESERVED)
        return err_set(err, SHARR_EDATA, "filter %d (%s) is needed to read it, and this HDF5 (%d.%d.%d) was built without it",
                       (int)f->id, name_of(f), H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
    plugin_paths(&where);
    err_set(err, SHARR_EDATA, "filter %d (%s) is needed to read it and is not available: no plugin in %s "
            "(HDF5_PLUGIN_PATH names other directories)", (int)f->id, name_of(f), where.len ? where.text : "no directory");
    strbuf_fini(&where);
    return SHARR_EDATA;
}

static codec_filter codec_of(const filter_info *f, size_t element)
{
    codec_filter c = {.id = f->id};
    if (f->id == CODEC_SHUFFLE)
        c.shuffle_size = f->nparams > 0 ? f->params[0] : (unsigned)element;
    else if (f->nparams > 0)
        c.level = (int)f->params[0];
    return c;
}

int h5filters_read(hid_t dcpl, size_t element, codec_pipeline *out, const char **library, sharr_error *err)
{
    int n = H5Pget_nfilters(dcpl);
    codec_pipeline p = {.n = 0};
    *library = n > CODEC_MAX_FILTERS ? "more filters than usual" : NULL;
    for (int i = 0; i < n; i++) {
        filter_info f;
        if (!get_filter(dcpl, i, &f))
            return err_set(err, SHARR_EDATA, "its filters cannot be read");
        if (is_ours(f.id)) {
            if (!*library)
                p.filter[p.n++] = codec_of(&f, element);
            continue;
        }
        if (H5Zfilter_avail(f.id) <= 0)
            return missing_filter(&f, err);
        *library = "a filter that only HDF5 undoes";
    }
    *out = p;
    return SHARR_OK;
}

void h5filters_text(hid_t dcpl, strbuf *out)
{
    int n = H5Pget_nfilters(dcpl);
    for (int i = 0; i < n; i++) {
        filter_info f;
        if (!get_filter(dcpl, i, &f))
            continue;
        strbuf_printf(out, "%s%s", i ? ", " : "", name_of(&f));
        if ((f.id == CODEC_DEFLATE || f.id == CODEC_ZSTD) && f.nparams > 0)
            strbuf_printf(out, " %d", (int)f.params[0]);
        else if (!known_name(f.id))
            strbuf_printf(out, " (%d)", (int)f.id);
    }
}
