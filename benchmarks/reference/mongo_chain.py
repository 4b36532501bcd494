"""The bare chain on MongoDB: one insert, then a claim and a commit for each of three stages.

Each claim and commit is one conditional update; what must follow lies in the same record.
No models, fencing, retries, events or deliveries: the fewest calls there can be.
"""

from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient

STAGES = 3


async def pass_job(client: AsyncIOMotorClient[dict[str, object]]) -> None:
    """Pass one job through the stages."""
    jobs = client.get_default_database("bare")["jobs"]
    job = uuid4().hex
    await jobs.insert_one({"_id": job, "stage": 0, "state": "waiting", "note": "x" * 1000})
    for stage in range(STAGES):
        token = uuid4().hex
        waiting = {"_id": job, "stage": stage, "state": "waiting"}
        claim = {"$set": {"state": "running", "token": token}, "$inc": {"attempts": 1}}
        assert (await jobs.update_one(waiting, claim)).modified_count
        commit = {"$set": {"state": "waiting", "stage": stage + 1, "outbox": [job]}}
        assert (await jobs.update_one({"_id": job, "token": token}, commit)).modified_count
