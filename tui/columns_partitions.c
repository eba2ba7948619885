/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"
#include "tui/column.h"

#define TEXT_GETTER(fn, field)                                                                     \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->text = partition_str(r->snapshot, r->partition->field);                               \
        out->present = out->text[0] != '\0';                                                       \
    }
#define NUMBER_GETTER(fn, field, is_present)                                                       \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->number = (int64_t)r->partition->field;                                                \
        out->present = (is_present);                                                               \
    }

TEXT_GETTER(get_name, name)
TEXT_GETTER(get_node_list, node_list)
TEXT_GETTER(get_qos, qos)
TEXT_GETTER(get_groups, allow_groups)
NUMBER_GETTER(get_max_time, max_time_min, (r->partition->has & PARTITION_HAS_MAX_TIME) != 0)
NUMBER_GETTER(
    get_default_time, default_time_min, (r->partition->has & PARTITION_HAS_DEFAULT_TIME) != 0)
NUMBER_GETTER(get_max_nodes, max_nodes, (r->partition->has & PARTITION_HAS_MAX_NODES) != 0)
NUMBER_GETTER(get_cpus, total_cpus, true)
NUMBER_GETTER(get_nodes, total_nodes, true)
NUMBER_GETTER(get_tier, priority_tier, true)

static void get_state(const struct row *r, struct value *out)
{
    out->text = partition_state_name(r->partition);
}

static void get_default(const struct row *r, struct value *out)
{
    out->text = r->partition->flags & PARTITION_DEFAULT ? "yes" : "no";
}

static enum role role_state(const struct row *r)
{
    return r->partition->state == 3 ? ROLE_GOOD : ROLE_WARN;
}

static const struct column columns[] = {
    {"name", "PARTITION", "Name of the partition", COLUMN_TEXT, 9, 20, 1, false, get_name, NULL,
        NULL},
    {"default", "DEFAULT", "Where jobs go that name none", COLUMN_TEXT, 7, 7, 3, false, get_default,
        NULL, NULL},
    {"state", "STATE", "UP, DOWN, DRAIN or INACTIVE", COLUMN_TEXT, 5, 8, 1, false, get_state,
        role_state, NULL},
    {"nodes", "NODES", "Number of nodes", COLUMN_NUMBER, 5, 6, 2, true, get_nodes, NULL, NULL},
    {"cpus", "CPUS", "Number of CPUs", COLUMN_NUMBER, 4, 8, 2, true, get_cpus, NULL, NULL},
    {"max_time_min", "MAXTIME", "Longest time limit, minutes; none: unlimited", COLUMN_NUMBER, 7, 9,
        4, true, get_max_time, NULL, NULL},
    {"default_time_min", "DEFTIME", "Time limit of jobs that ask for none, minutes", COLUMN_NUMBER,
        7, 9, 5, true, get_default_time, NULL, NULL},
    {"max_nodes", "MAXNODES", "Most nodes of one job; none: unlimited", COLUMN_NUMBER, 8, 8, 6,
        true, get_max_nodes, NULL, NULL},
    {"tier", "TIER", "Priority tier", COLUMN_NUMBER, 4, 5, 6, true, get_tier, NULL, NULL},
    {"qos", "QOS", "Its QOS", COLUMN_TEXT, 3, 12, 7, false, get_qos, NULL, NULL},
    {"groups", "GROUPS", "Groups that may use it", COLUMN_TEXT, 6, 20, 7, false, get_groups, NULL,
        NULL},
    {"node_list", "NODELIST", "Its nodes", COLUMN_TEXT, 8, 0, 3, false, get_node_list, NULL, NULL},
};

const struct column_set columns_partitions = {
    .name = "partitions",
    .section = REFRESH_PARTITIONS,
    .columns = columns,
    .count = (int)KF_LEN(columns),
    .text = "name,default,state,nodes,cpus,max_time_min,default_time_min,node_list",
    .detail =
        "name,default,state,nodes,cpus,max_time_min,default_time_min,max_nodes,tier,node_list",
    .json = "name,default,state,nodes,cpus,max_time_min,default_time_min,max_nodes,tier,qos,groups,"
            "node_list",
};
