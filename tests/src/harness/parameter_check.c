/*
 * A library for test servers only: a statement whose parameter list is empty but not NULL is an error.
 *
 * PostgreSQL's own callers pass NULL where a statement has no parameters, and extensions rely on it: Citus reads the first entry of
 * any list that is not NULL. The planner, the executor and utility statements are all checked. Exception: a parallel worker, for
 * which PostgreSQL itself makes an empty list (RestoreParamList in nodes/params.c).
 *
 * SHOW parameter_check.statements: how many statements this session has started, those inside functions included.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "optimizer/planner.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void _PG_init(void);
PG_FUNCTION_INFO_V1(run_with_empty_list);

static planner_hook_type next_planner;
static ExecutorStart_hook_type next_start;
static ProcessUtility_hook_type next_utility;
static int statements;

static void check(ParamListInfo params, const char *text)
{
	if (params != NULL && params->numParams == 0 && !IsParallelWorker())
		ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE),
						errmsg("parameter_check: an empty parameter list that is not NULL"),
						errdetail("%s", text ? text : "no text")));
}

static PlannedStmt *plan(Query *query, const char *text, int options, ParamListInfo params)
{
	check(params, text);
	return next_planner ? next_planner(query, text, options, params)
						: standard_planner(query, text, options, params);
}

static void start(QueryDesc *desc, int flags)
{
	check(desc->params, desc->sourceText);
	statements++;
	if (next_start)
		next_start(desc, flags);
	else
		standard_ExecutorStart(desc, flags);
}

static void utility(PlannedStmt *statement, const char *text, bool read_only, ProcessUtilityContext context,
					ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
					QueryCompletion *completion)
{
	check(params, text);
	if (next_utility)
		next_utility(statement, text, read_only, context, params, environment, dest, completion);
	else
		standard_ProcessUtility(statement, text, read_only, context, params, environment, dest, completion);
}

void _PG_init(void)
{
	DefineCustomIntVariable("parameter_check.statements", "Statements started in this session.", NULL,
							&statements, 0, 0, INT_MAX, PGC_INTERNAL, 0, NULL, NULL, NULL);
	next_planner = planner_hook;
	planner_hook = plan;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = utility;
}

/* Runs a statement with the list that is not allowed: shows that the check works. */
Datum run_with_empty_list(PG_FUNCTION_ARGS)
{
	SPIExecuteOptions options = {0};

	SPI_connect();
	options.params = makeParamList(0);
	SPI_execute_extended(text_to_cstring(PG_GETARG_TEXT_PP(0)), &options);
	SPI_finish();
	PG_RETURN_VOID();
}
