CREATE TABLE "names" (
	"tenant_id" text collate "C" NOT NULL,
	"kind" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"name" text NOT NULL,
	"name_key" text collate "C" NOT NULL,
	CONSTRAINT "names_tenant_id_kind_id_pk" PRIMARY KEY("tenant_id","kind","id")
);
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "names" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
