-- Written by `manage.py row_level_security --sql`; a test compares. Apply it with --apply, after
-- `migrate`. Safe to run again. The role that Huawu signs in with must be neither superuser nor
-- BYPASSRLS; it may own the tables (FORCE). A dump needs a role with BYPASSRLS: deploy/backup.sh.

ALTER TABLE "accounts_agent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "accounts_agent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "accounts_agent";
CREATE POLICY huawu_tenant ON "accounts_agent"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "accounts_department" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "accounts_department" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "accounts_department";
CREATE POLICY huawu_tenant ON "accounts_department"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_agentsession" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_agentsession" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_agentsession";
CREATE POLICY huawu_tenant ON "acd_agentsession"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_agentskill" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_agentskill" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_agentskill";
CREATE POLICY huawu_tenant ON "acd_agentskill"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_agentstatechange" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_agentstatechange" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_agentstatechange";
CREATE POLICY huawu_tenant ON "acd_agentstatechange"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_agentstatespan" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_agentstatespan" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_agentstatespan";
CREATE POLICY huawu_tenant ON "acd_agentstatespan"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_callback" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_callback" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_callback";
CREATE POLICY huawu_tenant ON "acd_callback"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_callbackattempt" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_callbackattempt" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_callbackattempt";
CREATE POLICY huawu_tenant ON "acd_callbackattempt"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_callbackrule" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_callbackrule" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_callbackrule";
CREATE POLICY huawu_tenant ON "acd_callbackrule"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_overflowrule" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_overflowrule" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_overflowrule";
CREATE POLICY huawu_tenant ON "acd_overflowrule"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_queue" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_queue" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_queue";
CREATE POLICY huawu_tenant ON "acd_queue"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_queuemember" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_queuemember" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_queuemember";
CREATE POLICY huawu_tenant ON "acd_queuemember"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_queueskill" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_queueskill" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_queueskill";
CREATE POLICY huawu_tenant ON "acd_queueskill"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_skill" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_skill" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_skill";
CREATE POLICY huawu_tenant ON "acd_skill"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "acd_whatifrun" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "acd_whatifrun" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "acd_whatifrun";
CREATE POLICY huawu_tenant ON "acd_whatifrun"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "alarms_alarm" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "alarms_alarm" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "alarms_alarm";
CREATE POLICY huawu_tenant ON "alarms_alarm"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "alarms_alarmnotice" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "alarms_alarmnotice" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "alarms_alarmnotice";
CREATE POLICY huawu_tenant ON "alarms_alarmnotice"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "alarms_alarmrule" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "alarms_alarmrule" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "alarms_alarmrule";
CREATE POLICY huawu_tenant ON "alarms_alarmrule"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "alarms_alarmwatch" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "alarms_alarmwatch" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "alarms_alarmwatch";
CREATE POLICY huawu_tenant ON "alarms_alarmwatch"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "audit_auditentry" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "audit_auditentry" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "audit_auditentry";
CREATE POLICY huawu_tenant ON "audit_auditentry"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "calls_call" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "calls_call" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "calls_call";
CREATE POLICY huawu_tenant ON "calls_call"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "calls_callfact" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "calls_callfact" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "calls_callfact";
CREATE POLICY huawu_tenant ON "calls_callfact"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "calls_leg" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "calls_leg" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "calls_leg";
CREATE POLICY huawu_tenant ON "calls_leg"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "calls_queuevisit" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "calls_queuevisit" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "calls_queuevisit";
CREATE POLICY huawu_tenant ON "calls_queuevisit"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_blacklistentry" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_blacklistentry" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_blacklistentry";
CREATE POLICY huawu_tenant ON "customers_blacklistentry"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customer" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customer" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customer";
CREATE POLICY huawu_tenant ON "customers_customer"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customerchange" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customerchange" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customerchange";
CREATE POLICY huawu_tenant ON "customers_customerchange"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customeremail" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customeremail" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customeremail";
CREATE POLICY huawu_tenant ON "customers_customeremail"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customerfield" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customerfield" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customerfield";
CREATE POLICY huawu_tenant ON "customers_customerfield"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customerlevel" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customerlevel" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customerlevel";
CREATE POLICY huawu_tenant ON "customers_customerlevel"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customermerge" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customermerge" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customermerge";
CREATE POLICY huawu_tenant ON "customers_customermerge"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customernote" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customernote" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customernote";
CREATE POLICY huawu_tenant ON "customers_customernote"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customernumber" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customernumber" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customernumber";
CREATE POLICY huawu_tenant ON "customers_customernumber"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customersource" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customersource" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customersource";
CREATE POLICY huawu_tenant ON "customers_customersource"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customertag" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customertag" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customertag";
CREATE POLICY huawu_tenant ON "customers_customertag"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_customertype" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_customertype" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_customertype";
CREATE POLICY huawu_tenant ON "customers_customertype"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_duplicatedismissal" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_duplicatedismissal" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_duplicatedismissal";
CREATE POLICY huawu_tenant ON "customers_duplicatedismissal"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_erasurepolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_erasurepolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_erasurepolicy";
CREATE POLICY huawu_tenant ON "customers_erasurepolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "customers_erasureproposal" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "customers_erasureproposal" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "customers_erasureproposal";
CREATE POLICY huawu_tenant ON "customers_erasureproposal"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "dispositions_calldisposition" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "dispositions_calldisposition" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "dispositions_calldisposition";
CREATE POLICY huawu_tenant ON "dispositions_calldisposition"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "dispositions_disposition" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "dispositions_disposition" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "dispositions_disposition";
CREATE POLICY huawu_tenant ON "dispositions_disposition"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "dispositions_dispositionpolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "dispositions_dispositionpolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "dispositions_dispositionpolicy";
CREATE POLICY huawu_tenant ON "dispositions_dispositionpolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "imports_exportrun" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "imports_exportrun" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "imports_exportrun";
CREATE POLICY huawu_tenant ON "imports_exportrun"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "imports_importedrow" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "imports_importedrow" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "imports_importedrow";
CREATE POLICY huawu_tenant ON "imports_importedrow"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "imports_importpolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "imports_importpolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "imports_importpolicy";
CREATE POLICY huawu_tenant ON "imports_importpolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "imports_importrun" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "imports_importrun" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "imports_importrun";
CREATE POLICY huawu_tenant ON "imports_importrun"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "imports_importtemplate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "imports_importtemplate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "imports_importtemplate";
CREATE POLICY huawu_tenant ON "imports_importtemplate"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "integrations_apitoken" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "integrations_apitoken" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "integrations_apitoken";
CREATE POLICY huawu_tenant ON "integrations_apitoken"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_calendar" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_calendar" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_calendar";
CREATE POLICY huawu_tenant ON "ivr_calendar"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_calendardate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_calendardate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_calendardate";
CREATE POLICY huawu_tenant ON "ivr_calendardate"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_entrypoint" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_entrypoint" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_entrypoint";
CREATE POLICY huawu_tenant ON "ivr_entrypoint"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_flow" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_flow" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_flow";
CREATE POLICY huawu_tenant ON "ivr_flow"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_flowversion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_flowversion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_flowversion";
CREATE POLICY huawu_tenant ON "ivr_flowversion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_httplookup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_httplookup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_httplookup";
CREATE POLICY huawu_tenant ON "ivr_httplookup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_pin" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_pin" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_pin";
CREATE POLICY huawu_tenant ON "ivr_pin"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_pintries" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_pintries" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_pintries";
CREATE POLICY huawu_tenant ON "ivr_pintries"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_queuehours" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_queuehours" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_queuehours";
CREATE POLICY huawu_tenant ON "ivr_queuehours"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_ruleset" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_ruleset" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_ruleset";
CREATE POLICY huawu_tenant ON "ivr_ruleset"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "ivr_rulesetversion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "ivr_rulesetversion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "ivr_rulesetversion";
CREATE POLICY huawu_tenant ON "ivr_rulesetversion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_article" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_article" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_article";
CREATE POLICY huawu_tenant ON "knowledge_article"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articledepartment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articledepartment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articledepartment";
CREATE POLICY huawu_tenant ON "knowledge_articledepartment"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articledraft" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articledraft" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articledraft";
CREATE POLICY huawu_tenant ON "knowledge_articledraft"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articlepin" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articlepin" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articlepin";
CREATE POLICY huawu_tenant ON "knowledge_articlepin"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articleread" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articleread" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articleread";
CREATE POLICY huawu_tenant ON "knowledge_articleread"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articleversion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articleversion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articleversion";
CREATE POLICY huawu_tenant ON "knowledge_articleversion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articlevote" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articlevote" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articlevote";
CREATE POLICY huawu_tenant ON "knowledge_articlevote"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_articleword" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_articleword" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_articleword";
CREATE POLICY huawu_tenant ON "knowledge_articleword"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_attachment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_attachment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_attachment";
CREATE POLICY huawu_tenant ON "knowledge_attachment"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_callarticle" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_callarticle" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_callarticle";
CREATE POLICY huawu_tenant ON "knowledge_callarticle"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_category" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_category" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_category";
CREATE POLICY huawu_tenant ON "knowledge_category"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_draftcopy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_draftcopy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_draftcopy";
CREATE POLICY huawu_tenant ON "knowledge_draftcopy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_favourite" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_favourite" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_favourite";
CREATE POLICY huawu_tenant ON "knowledge_favourite"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_searchmiss" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_searchmiss" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_searchmiss";
CREATE POLICY huawu_tenant ON "knowledge_searchmiss"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "knowledge_synonymgroup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "knowledge_synonymgroup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "knowledge_synonymgroup";
CREATE POLICY huawu_tenant ON "knowledge_synonymgroup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "live_board_wall" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "live_board_wall" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "live_board_wall";
CREATE POLICY huawu_tenant ON "live_board_wall"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "missed_missedcall" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "missed_missedcall" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "missed_missedcall";
CREATE POLICY huawu_tenant ON "missed_missedcall"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "numbers_did" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "numbers_did" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "numbers_did";
CREATE POLICY huawu_tenant ON "numbers_did"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "promises_promisecall" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "promises_promisecall" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "promises_promisecall";
CREATE POLICY huawu_tenant ON "promises_promisecall"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "promises_promisedirty" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "promises_promisedirty" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "promises_promisedirty";
CREATE POLICY huawu_tenant ON "promises_promisedirty"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "promises_promisequarter" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "promises_promisequarter" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "promises_promisequarter";
CREATE POLICY huawu_tenant ON "promises_promisequarter"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "promises_promisestate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "promises_promisestate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "promises_promisestate";
CREATE POLICY huawu_tenant ON "promises_promisestate"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "prompts_prompt" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "prompts_prompt" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "prompts_prompt";
CREATE POLICY huawu_tenant ON "prompts_prompt"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "prompts_promptaudio" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "prompts_promptaudio" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "prompts_promptaudio";
CREATE POLICY huawu_tenant ON "prompts_promptaudio"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_calibration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_calibration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_calibration";
CREATE POLICY huawu_tenant ON "quality_calibration"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_calibrationscore" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_calibrationscore" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_calibrationscore";
CREATE POLICY huawu_tenant ON "quality_calibrationscore"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_coaching" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_coaching" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_coaching";
CREATE POLICY huawu_tenant ON "quality_coaching"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_comment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_comment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_comment";
CREATE POLICY huawu_tenant ON "quality_comment"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_inspection" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_inspection" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_inspection";
CREATE POLICY huawu_tenant ON "quality_inspection"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_inspectionact" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_inspectionact" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_inspectionact";
CREATE POLICY huawu_tenant ON "quality_inspectionact"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_itemscore" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_itemscore" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_itemscore";
CREATE POLICY huawu_tenant ON "quality_itemscore"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_plan" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_plan" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_plan";
CREATE POLICY huawu_tenant ON "quality_plan"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_planinspector" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_planinspector" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_planinspector";
CREATE POLICY huawu_tenant ON "quality_planinspector"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_planrun" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_planrun" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_planrun";
CREATE POLICY huawu_tenant ON "quality_planrun"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_qualitypolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_qualitypolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_qualitypolicy";
CREATE POLICY huawu_tenant ON "quality_qualitypolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_qualityrules" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_qualityrules" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_qualityrules";
CREATE POLICY huawu_tenant ON "quality_qualityrules"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_sheet" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_sheet" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_sheet";
CREATE POLICY huawu_tenant ON "quality_sheet"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "quality_sheetversion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quality_sheetversion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "quality_sheetversion";
CREATE POLICY huawu_tenant ON "quality_sheetversion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_queuekeepdays" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_queuekeepdays" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_queuekeepdays";
CREATE POLICY huawu_tenant ON "recordings_queuekeepdays"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recording" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recording" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recording";
CREATE POLICY huawu_tenant ON "recordings_recording"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordinghold" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordinghold" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordinghold";
CREATE POLICY huawu_tenant ON "recordings_recordinghold"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordingmark" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordingmark" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordingmark";
CREATE POLICY huawu_tenant ON "recordings_recordingmark"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordingpolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordingpolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordingpolicy";
CREATE POLICY huawu_tenant ON "recordings_recordingpolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordingright" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordingright" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordingright";
CREATE POLICY huawu_tenant ON "recordings_recordingright"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordingsound" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordingsound" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordingsound";
CREATE POLICY huawu_tenant ON "recordings_recordingsound"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_recordingwave" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_recordingwave" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_recordingwave";
CREATE POLICY huawu_tenant ON "recordings_recordingwave"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "recordings_retentionrun" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "recordings_retentionrun" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "recordings_retentionrun";
CREATE POLICY huawu_tenant ON "recordings_retentionrun"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_agentrollup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_agentrollup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_agentrollup";
CREATE POLICY huawu_tenant ON "reports_agentrollup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_linerollup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_linerollup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_linerollup";
CREATE POLICY huawu_tenant ON "reports_linerollup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_pauserollup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_pauserollup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_pauserollup";
CREATE POLICY huawu_tenant ON "reports_pauserollup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_queuerollup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_queuerollup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_queuerollup";
CREATE POLICY huawu_tenant ON "reports_queuerollup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_reportchoice" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_reportchoice" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_reportchoice";
CREATE POLICY huawu_tenant ON "reports_reportchoice"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_reportschedule" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_reportschedule" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_reportschedule";
CREATE POLICY huawu_tenant ON "reports_reportschedule"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_reportsending" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_reportsending" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_reportsending";
CREATE POLICY huawu_tenant ON "reports_reportsending"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_rollupdirty" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_rollupdirty" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_rollupdirty";
CREATE POLICY huawu_tenant ON "reports_rollupdirty"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_rollupstate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_rollupstate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_rollupstate";
CREATE POLICY huawu_tenant ON "reports_rollupstate"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "reports_savedreport" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reports_savedreport" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "reports_savedreport";
CREATE POLICY huawu_tenant ON "reports_savedreport"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "saved_views_columnchoice" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "saved_views_columnchoice" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "saved_views_columnchoice";
CREATE POLICY huawu_tenant ON "saved_views_columnchoice"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "saved_views_savedview" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "saved_views_savedview" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "saved_views_savedview";
CREATE POLICY huawu_tenant ON "saved_views_savedview"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "staffing_assumptions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "staffing_assumptions" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "staffing_assumptions";
CREATE POLICY huawu_tenant ON "staffing_assumptions"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "supervision_pickupgroup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "supervision_pickupgroup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "supervision_pickupgroup";
CREATE POLICY huawu_tenant ON "supervision_pickupgroup"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "supervision_pickupmember" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "supervision_pickupmember" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "supervision_pickupmember";
CREATE POLICY huawu_tenant ON "supervision_pickupmember"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "supervision_supervision" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "supervision_supervision" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "supervision_supervision";
CREATE POLICY huawu_tenant ON "supervision_supervision"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "supervision_supervisionpolicy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "supervision_supervisionpolicy" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "supervision_supervisionpolicy";
CREATE POLICY huawu_tenant ON "supervision_supervisionpolicy"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "surveys_survey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "surveys_survey" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "surveys_survey";
CREATE POLICY huawu_tenant ON "surveys_survey"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "surveys_surveyanswer" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "surveys_surveyanswer" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "surveys_surveyanswer";
CREATE POLICY huawu_tenant ON "surveys_surveyanswer"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "surveys_surveyquestion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "surveys_surveyquestion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "surveys_surveyquestion";
CREATE POLICY huawu_tenant ON "surveys_surveyquestion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "surveys_surveyqueue" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "surveys_surveyqueue" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "surveys_surveyqueue";
CREATE POLICY huawu_tenant ON "surveys_surveyqueue"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "surveys_surveyresult" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "surveys_surveyresult" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "surveys_surveyresult";
CREATE POLICY huawu_tenant ON "surveys_surveyresult"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_campon" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_campon" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_campon";
CREATE POLICY huawu_tenant ON "switchboard_campon"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_diallingplan" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_diallingplan" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_diallingplan";
CREATE POLICY huawu_tenant ON "switchboard_diallingplan"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_dialorder" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_dialorder" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_dialorder";
CREATE POLICY huawu_tenant ON "switchboard_dialorder"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_dialpermission" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_dialpermission" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_dialpermission";
CREATE POLICY huawu_tenant ON "switchboard_dialpermission"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_phonerules" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_phonerules" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_phonerules";
CREATE POLICY huawu_tenant ON "switchboard_phonerules"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_shownnumber" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_shownnumber" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_shownnumber";
CREATE POLICY huawu_tenant ON "switchboard_shownnumber"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "switchboard_speeddial" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "switchboard_speeddial" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "switchboard_speeddial";
CREATE POLICY huawu_tenant ON "switchboard_speeddial"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "tasks_task" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tasks_task" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "tasks_task";
CREATE POLICY huawu_tenant ON "tasks_task"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "tasks_taskevent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tasks_taskevent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "tasks_taskevent";
CREATE POLICY huawu_tenant ON "tasks_taskevent"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "toolbar_toolbarlaunch" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "toolbar_toolbarlaunch" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "toolbar_toolbarlaunch";
CREATE POLICY huawu_tenant ON "toolbar_toolbarlaunch"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "toolbar_toolbarorigin" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "toolbar_toolbarorigin" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "toolbar_toolbarorigin";
CREATE POLICY huawu_tenant ON "toolbar_toolbarorigin"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "voicemail_voicemailbox" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "voicemail_voicemailbox" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "voicemail_voicemailbox";
CREATE POLICY huawu_tenant ON "voicemail_voicemailbox"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "voicemail_voicemailmessage" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "voicemail_voicemailmessage" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "voicemail_voicemailmessage";
CREATE POLICY huawu_tenant ON "voicemail_voicemailmessage"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "voicemail_voicemailnotice" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "voicemail_voicemailnotice" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "voicemail_voicemailnotice";
CREATE POLICY huawu_tenant ON "voicemail_voicemailnotice"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workday_target" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workday_target" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workday_target";
CREATE POLICY huawu_tenant ON "workday_target"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_absence" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_absence" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_absence";
CREATE POLICY huawu_tenant ON "workorders_absence"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_order" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_order" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_order";
CREATE POLICY huawu_tenant ON "workorders_order"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_orderattachment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_orderattachment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_orderattachment";
CREATE POLICY huawu_tenant ON "workorders_orderattachment"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_orderevent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_orderevent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_orderevent";
CREATE POLICY huawu_tenant ON "workorders_orderevent"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_orderseat" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_orderseat" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_orderseat";
CREATE POLICY huawu_tenant ON "workorders_orderseat"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_orderstep" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_orderstep" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_orderstep";
CREATE POLICY huawu_tenant ON "workorders_orderstep"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_ordertype" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_ordertype" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_ordertype";
CREATE POLICY huawu_tenant ON "workorders_ordertype"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );

ALTER TABLE "workorders_ordertypeversion" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "workorders_ordertypeversion" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS huawu_tenant ON "workorders_ordertypeversion";
CREATE POLICY huawu_tenant ON "workorders_ordertypeversion"
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );
