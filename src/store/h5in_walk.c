/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Walks a file's objects with a stack of its own: nesting may be deep, and groups may contain themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hashmap.h"
#include "store/h5filters.h"
#include "store/h5in_impl.h"
#include "store/h5lib.h"

typedef struct pending { char *path; struct pending *next; } pending;

/* Which object this is, whatever path leads to it. */
typedef struct object_key { unsigned long file; unsigned char at[16]; } object_key;

typedef struct walk {
    h5in *in;
    int (*visit)(void *arg, const h5item *item);
    void *arg;
    pending *todo;
    pending *children;              /* of the group just listed, in reverse */
    const char *group;              /* its path */
    hashmap *entered;
    arena *keys;                    /* what is in it */
    sharr_error *err;
    bool stop;
} walk;

/* ---- which groups were entered ------------------------------------------------------------------- */

static bool key_of(hid_t object, object_key *k)
{
    memset(k, 0, sizeof *k);
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0)
        return false;
    memcpy(k->at, &info.token, sizeof info.token);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0)
        return false;
    memcpy(k->at, &info.addr, sizeof info.addr);
#endif
    k->file = info.fileno;
    return true;
}

static bool key_equal(const void *value, const void *key)
{
    return memcmp(value, key, sizeof(object_key)) == 0;
}

/* *fresh: it was not entered before.  A group that cannot be told from others is not entered. */
static int enter(walk *w, hid_t group, bool *fresh)
{
    object_key k, *copy;
    *fresh = false;
    if (!key_of(group, &k))
        return SHARR_OK;
    uint64_t hash = hash_bytes(&k, sizeof k, 0);
    if (hashmap_find(w->entered, hash, key_equal, &k))
        return SHARR_OK;
    copy = arena_alloc(w->keys, 1, sizeof k);
    if (copy)
        *copy = k;
    *fresh = copy && hashmap_add(w->entered, hash, copy);
    return *fresh ? SHARR_OK : err_nomem(w->err, "the list of objects", sizeof k);
}

/* ---- one group's links --------------------------------------------------------------------------- */

static void push(pending **list, pending *p)
{
    p->next = *list;
    *list = p;
}

static char *child_path(const char *group, const char *name)
{
    strbuf s = {0};
    strbuf_printf(&s, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
    return strbuf_take(&s);
}

static herr_t see_link(hid_t group, const char *name, const H5L_info_t *info, void *arg)
{
    walk *w = arg;
    pending *p = malloc(sizeof *p);
    (void)group;
    (void)info;
    if (p)
        p->path = child_path(w->group, name);
    if (!p || !p->path) {
        free(p);
        err_nomem(w->err, "the list of objects", sizeof *p);
        return -1;
    }
    push(&w->children, p);
    return 0;
}

/* Children go on the stack so that the first name comes off first. */
static int list_children(walk *w, const char *path, hid_t group)
{
    sharr_error none = {0};
    sharr_error *err = w->err ? w->err : &none;
    w->group = path;
    w->children = NULL;
    err_clear(err);
    herr_t rc = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, see_link, w);
    while (w->children) {
        pending *p = w->children;
        w->children = p->next;
        push(&w->todo, p);
    }
    if (rc >= 0)
        return SHARR_OK;
    if (err->status)
        return err->status;
    return h5lib_error(err, SHARR_EDATA, "%s:%s: the group cannot be listed", h5in_path(w->in), path);
}

/* ---- items --------------------------------------------------------------------------------------- */

static void show(walk *w, const h5item *item)
{
    if (w->visit(w->arg, item))
        w->stop = true;
}

static void show_link(walk *w, const char *path, const H5L_info_t *info)
{
    char *value = calloc(1, info->u.val_size + 1);
    const char *file = NULL, *object = NULL;
    unsigned flags;
    strbuf text = {0};
    if (value && H5Lget_val(w->in->file, path, value, info->u.val_size, H5P_DEFAULT) >= 0) {
        if (info->type == H5L_TYPE_EXTERNAL && H5Lunpack_elink_val(value, info->u.val_size, &flags, &file, &object) >= 0)
            strbuf_printf(&text, "link to %s:%s", file, object);
        else if (info->type == H5L_TYPE_SOFT)
            strbuf_printf(&text, "link to %s, which does not exist", value);
    }
    show(w, &(h5item){.path = path, .type = text.len ? text.text : "link that cannot be read", .filters = "", .dims = ""});
    strbuf_fini(&text);
    free(value);
}

static void fill_space(hid_t dset, h5item *item)
{
    hid_t space = H5Dget_space(dset);
    hsize_t dims[SHARR_MAX_DIMS] = {0};
    int n = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    item->ndim = n > 0 ? n : 0;
    for (int i = 0; i < item->ndim; i++)
        item->shape[i] = (int64_t)dims[i];
    item->numeric &= space >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL;
    if (space >= 0)
        H5Sclose(space);
}

static void fill_layout(hid_t dcpl, size_t element, h5item *item, strbuf *filters)
{
    hsize_t chunk[SHARR_MAX_DIMS] = {0};
    codec_pipeline p;
    const char *library;
    item->chunked = H5Pget_layout(dcpl) == H5D_CHUNKED && H5Pget_chunk(dcpl, item->ndim, chunk) == item->ndim;
    for (int i = 0; i < item->ndim && item->chunked; i++)
        item->chunk[i] = (int64_t)chunk[i];
    if (item->chunked) {
        h5filters_text(dcpl, filters);
        item->numeric &= h5filters_read(dcpl, element, &p, &library, NULL) == SHARR_OK;
    }
}

static int show_dataset(walk *w, const char *path, hid_t dset)
{
    char text[H5TYPE_TEXT] = "";
    h5type t;
    h5item item = {.path = path};
    strbuf filters = {0}, dims = {0};
    hid_t type = H5Dget_type(dset), dcpl = H5Dget_create_plist(dset);
    if (type >= 0 && dcpl >= 0) {
        h5type_text(type, text);
        item.hidden = h5dims_is_placeholder(dset);
        item.numeric = h5type_classify(type, &t, NULL) == SHARR_OK;
        fill_space(dset, &item);
        fill_layout(dcpl, H5Tget_size(type), &item, &filters);
        h5dims_text(dset, item.ndim, &dims);
        item.stored_bytes = (int64_t)H5Dget_storage_size(dset);
        H5Eclear2(H5E_DEFAULT);
    }
    item.type = text;
    item.filters = strbuf_text(&filters);
    item.dims = strbuf_text(&dims);
    int rc = filters.failed || dims.failed ? err_nomem(w->err, "the description of a dataset", filters.len + dims.len)
                                           : SHARR_OK;
    if (!rc)
        show(w, &item);
    strbuf_fini(&filters);
    strbuf_fini(&dims);
    if (dcpl >= 0)
        H5Pclose(dcpl);
    if (type >= 0)
        H5Tclose(type);
    return rc;
}

static int show_object(walk *w, const char *path, bool hard)
{
    hid_t id = H5Oopen(w->in->file, path, H5P_DEFAULT);
    int rc = SHARR_OK;
    bool fresh;
    if (id < 0) {
        H5Eclear2(H5E_DEFAULT);
        show(w, &(h5item){.path = path, .type = "object that cannot be read", .filters = "", .dims = ""});
        return SHARR_OK;
    }
    switch (H5Iget_type(id)) {
    case H5I_DATASET: rc = show_dataset(w, path, id); break;
    case H5I_GROUP:
        show(w, &(h5item){.path = path, .group = true, .type = "", .filters = "", .dims = ""});
        rc = hard && !w->stop ? enter(w, id, &fresh) : SHARR_OK;
        if (hard && !w->stop && !rc && fresh)
            rc = list_children(w, path, id);
        break;
    default: break;                 /* a named type: nothing to evaluate */
    }
    H5Oclose(id);
    return rc;
}

static int show_path(walk *w, const char *path)
{
    H5L_info_t info = {.type = H5L_TYPE_HARD};
    if (strcmp(path, "/") != 0 && H5Lget_info(w->in->file, path, &info, H5P_DEFAULT) < 0)
        return h5lib_error(w->err, SHARR_EDATA, "%s:%s: the link cannot be read", h5in_path(w->in), path);
    bool dead = info.type == H5L_TYPE_SOFT && H5Oexists_by_name(w->in->file, path, H5P_DEFAULT) <= 0;
    H5Eclear2(H5E_DEFAULT);
    if (info.type != H5L_TYPE_HARD && (info.type != H5L_TYPE_SOFT || dead)) {
        show_link(w, path, &info);
        return SHARR_OK;
    }
    return show_object(w, path, info.type == H5L_TYPE_HARD);
}

static int walk_all(walk *w)
{
    pending *root = malloc(sizeof *root);
    int rc = SHARR_OK;
    if (!root || !(root->path = strdup("/"))) {
        free(root);
        return err_nomem(w->err, "the list of objects", sizeof *root);
    }
    root->next = NULL;
    w->todo = root;
    while (w->todo) {
        pending *p = w->todo;
        w->todo = p->next;
        if (!rc && !w->stop)
            rc = show_path(w, p->path);
        free(p->path);
        free(p);
    }
    return rc;
}

int h5in_walk(h5in *f, int (*visit)(void *arg, const h5item *item), void *arg, sharr_error *err)
{
    walk w = {.in = f, .visit = visit, .arg = arg, .entered = hashmap_new(), .keys = arena_new(), .err = err};
    int rc;
    h5lib_lock();
    rc = w.entered && w.keys ? walk_all(&w) : err_nomem(err, "the list of objects", sizeof w);
    h5lib_unlock();
    hashmap_free(w.entered);
    arena_free(w.keys);
    return rc;
}
